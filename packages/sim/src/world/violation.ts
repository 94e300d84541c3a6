/** A run that found something wrong. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;
  readonly detail: string;

  constructor(checker: string, detail: string) {
    super(`${checker}: ${detail}`);
    this.checker = checker;
    this.detail = detail;
  }
}
