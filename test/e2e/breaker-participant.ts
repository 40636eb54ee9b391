import { createServer, type Server } from 'node:http'

/** How a participant answers on a path: well, with an error, or, once told to, never. */
export type Manner = 'well' | 'broken' | 'silent'

/** A participant behind HTTP that can be put out of order, and remembers who has called it. */
export class BreakerParticipant {
  readonly calls: { readonly path: string; readonly key: string }[] = []
  readonly manners = new Map<string, Manner>()
  readonly #server: Server
  #url = ''

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1)
      let key = ''
      request.on('data', (chunk: Buffer) => (key += chunk.toString()))
      request.on('end', () => {
        this.calls.push({ path, key })
        const manner = this.manners.get(path) ?? 'well'
        if (manner === 'silent') return
        response.statusCode = manner === 'well' ? 200 : 503
        response.end(path)
      })
    })
  }

  static async open(): Promise<BreakerParticipant> {
    const participant = new BreakerParticipant()
    const { promise, resolve } = Promise.withResolvers<void>()
    participant.#server.listen(0, '127.0.0.1', resolve)
    await promise
    const address = participant.#server.address()
    if (address === null || typeof address === 'string') throw new Error('It has no port.')
    participant.#url = `http://127.0.0.1:${address.port}`
    return participant
  }

  get url(): string {
    return this.#url
  }

  /** The keys that a path was called with. */
  keys(path: string): readonly string[] {
    return this.calls.filter((call) => call.path === path).map(({ key }) => key)
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }
}
