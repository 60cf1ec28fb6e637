/** A file that `npm run generate` writes. */
export interface GeneratedFile {
  /** Below the project folder, with `/`. */
  readonly path: string;
  readonly text: string;
}
