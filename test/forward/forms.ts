/** A form as another reader than ours finds it. */
export async function readForm(body: Uint8Array, contentType: string): Promise<FormData> {
  const packed = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } });
  // Bounded, and from ourselves: what it is deprecated for does not matter here.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return packed.formData();
}

/** A file of a form: its name and its bytes. */
export async function fileIn(form: FormData, field: string): Promise<{ name: string; bytes: Uint8Array }> {
  const file = form.get(field);
  if (!(file instanceof File)) throw new Error(`no file "${field}"`);
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}
