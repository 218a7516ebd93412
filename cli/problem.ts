/** Something the person who starts the server has to mend. Its message is all that is shown, without a stack. */
export class Problem extends Error {
  override readonly name = 'Problem';
}
