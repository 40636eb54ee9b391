import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What happens to the traffic:
 * - `pass`: everything goes through, after `delayMs` in each direction if that is given.
 * - `refuse`: new connections are reset at once; those that stand are left alone.
 * - `blackhole`: connections stand and are accepted, and no byte goes either way (half-open), or
 *   only none up to the server or down to the client. What arrives meanwhile is held back and goes
 *   through after the next `pass`.
 * - `vanish`: the same, but what arrives is lost, and the connections that stand then, or are accepted meanwhile, never
 *   carry a byte again: a router has forgotten them.
 */
export type ProxyMode =
  | { readonly kind: 'pass'; readonly delayMs?: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'blackhole'; readonly direction?: 'up' | 'down' }
  | { readonly kind: 'vanish' }

type Link = { readonly client: Socket; readonly upstream: Socket; isForgotten: boolean }

/** A TCP proxy in front of one server, for faults on the wire that one can switch on and off. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: URL
  readonly #port: number
  readonly #links = new Set<Link>()
  #mode: ProxyMode = { kind: 'pass' }

  private constructor(server: Server, port: number, target: URL) {
    this.#server = server
    this.#port = port
    this.#target = target
    server.on('connection', (client) => this.#accept(client))
  }

  /** Listens on a free port in front of the server that `targetUrl` names. */
  static async start(targetUrl: string): Promise<TcpProxy> {
    // Both ends stay open until the other end has closed: a proxy must not invent an end.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
    return new TcpProxy(server, address.port, new URL(targetUrl))
  }

  /** The target's URL with this proxy's address in it. */
  get url(): string {
    const url = new URL(this.#target)
    url.hostname = '127.0.0.1'
    url.port = String(this.#port)
    return url.href
  }

  get connections(): number {
    return this.#links.size
  }

  /** Switches for the connections that stand and those to come. */
  setMode(mode: ProxyMode): void {
    this.#mode = mode
    for (const link of this.#links) this.#applyMode(link)
  }

  /** Resets every connection that stands; new ones are treated as the mode says. */
  cut(): void {
    for (const link of this.#links) this.#drop(link)
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    if (this.#mode.kind === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({
      port: Number(this.#target.port || DEFAULT_PORTS[this.#target.protocol]),
      host: this.#target.hostname,
      allowHalfOpen: true,
    })
    const link = { client, upstream, isForgotten: false }
    this.#links.add(link)
    this.#forward(client, upstream, link)
    this.#forward(upstream, client, link)
    this.#applyMode(link)
  }

  #forward(from: Socket, to: Socket, link: Link): void {
    let tail = Promise.resolve()
    // One after the other, each when its delay is over: the bytes keep their order.
    const later = (work: () => unknown): void => {
      const dueAt = performance.now() + this.#delayMs()
      tail = tail.then(() => waitUntil(dueAt)).then(() => void work())
    }
    from.setNoDelay(true)
    from.on('data', (chunk) => later(() => link.isForgotten || to.write(chunk)))
    from.on('end', () => later(() => link.isForgotten || to.end()))
    from.on('error', () => this.#drop(link))
    from.on('close', () => this.#forget(link))
  }

  #delayMs(): number {
    return this.#mode.kind === 'pass' ? (this.#mode.delayMs ?? 0) : 0
  }

  #applyMode(link: Link): void {
    const { client, upstream } = link
    if (this.#mode.kind === 'vanish') link.isForgotten = true
    const held = this.#mode.kind === 'blackhole' ? (this.#mode.direction ?? 'both') : 'none'
    for (const [socket, direction] of [
      [client, 'up'],
      [upstream, 'down'],
    ] as const) {
      if (held === 'both' || held === direction) socket.pause()
      else socket.resume()
    }
  }

  #drop(link: Link): void {
    this.#links.delete(link)
    for (const socket of [link.client, link.upstream]) {
      if (!socket.destroyed) socket.resetAndDestroy()
    }
  }

  #forget(link: Link): void {
    if (link.client.destroyed && link.upstream.destroyed) this.#links.delete(link)
  }
}

const waitUntil = async (dueAt: number): Promise<void> => {
  const leftMs = dueAt - performance.now()
  if (leftMs > 0) await sleep(leftMs)
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
}
