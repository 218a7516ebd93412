/** Words, and single Chinese characters: what one sees appear. */
export function piecesOf(text: string): readonly string[] {
  return text.match(/\p{Script=Han}|[^\p{Script=Han}\s]+\s*|\s+/gu) ?? [];
}
