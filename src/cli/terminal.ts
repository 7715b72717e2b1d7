/** What a command sees of the process around it. */
export interface Terminal {
  /** `isTTY`: somebody types. */
  readonly stdin: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean | undefined }
  /** To standard output. Resolves when it may go on; never rejects. */
  readonly write: (text: string) => Promise<void>
  /** To standard error. */
  readonly complain: (text: string) => void
  /** Ends the process now, whatever is still open. */
  readonly leave: (code: ExitCode) => void
  /** Where SIGTERM, SIGINT and SIGHUP come from. */
  readonly signals: {
    on(signal: NodeJS.Signals, listener: () => void): unknown
    off(signal: NodeJS.Signals, listener: () => void): unknown
  }
}

/** 0: done. 1: it did not work, or something is wrong with the files. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2
