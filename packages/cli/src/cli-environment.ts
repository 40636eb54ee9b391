/** Everything outside that the commands touch: a test, or a program, can put its own in. */
export interface CliEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Relative paths start here. */
  readonly folder: string
  /** Who is at the keyboard, for the journal. */
  readonly user: string
  /** Characters in a line; null when there is no terminal whose width could matter. */
  readonly columns: number | null
  readonly colors: boolean
  readonly now: () => number
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly readStdin: () => Promise<string>
}
