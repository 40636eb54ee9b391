import { Redis } from 'ioredis'

/**
 * A connection whose commands leave together: those of one turn of the event loop are one write to the socket, in their
 * order. BullMQ sends a command for each job that ends, and when many end at once the system calls cost more than the rest.
 */
export class GatheringRedis extends Redis {
  #gathering = false

  override sendCommand(...command: Parameters<Redis['sendCommand']>): unknown {
    if (!this.#gathering && this.status === 'ready') this.#gather()
    return super.sendCommand(...command)
  }

  #gather(): void {
    const { stream } = this
    this.#gathering = true
    stream.cork()
    setImmediate(() => {
      this.#gathering = false
      stream.uncork()
    })
  }
}
