/** What every server of this package can do, whoever started it. */
export type ServerHandle = {
  readonly url: string
  /** Ends it and removes its data. Does nothing to a server that was not started here. */
  readonly close: () => Promise<void>
  /** SIGKILL for the server and its children, as a power cut would; its data stays. */
  readonly kill: () => Promise<void>
  /** Starts it again at the same address, after ending it in order if it still runs. */
  readonly restart: () => Promise<void>
}

/** A server that somebody else runs: used, never stopped. `kill` and its like reject. */
export const foreignServer = (name: string, url: string): ServerHandle => {
  const refuse = async (): Promise<never> => {
    throw new Error(`The ${name} at its given address was not started here, so it is left alone.`)
  }
  return { url, close: async () => {}, kill: refuse, restart: refuse }
}
