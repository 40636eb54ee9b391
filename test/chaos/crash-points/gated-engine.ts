import type { Engine } from '../../../packages/engine/src/runtime/engine.ts'
import { root, type PortMember, type PortSchema } from './port-schema.ts'

/** Called right before and right after each call of a port, with `SagaStore.append:before` and the like. */
export type OnPoint = (point: string) => void

/** An engine behind somebody who is told of every call of its ports, by a schema of them: there is no list of methods. */
export function gatedEngine(engine: Engine, schema: PortSchema, onPoint: OnPoint): Engine {
  return new Gate(schema, onPoint).inFrontOf(engine, root)
}

class Gate {
  readonly #schema: PortSchema
  readonly #onPoint: OnPoint

  constructor(schema: PortSchema, onPoint: OnPoint) {
    this.#schema = schema
    this.#onPoint = onPoint
  }

  inFrontOf<Port extends object>(target: Port, port: string): Port {
    const members = this.#schema[port] ?? {}
    return new Proxy(target, {
      get: (_target, name) => {
        const found: unknown = Reflect.get(target, name, target)
        const member = typeof name === 'string' ? members[name] : undefined
        if (member === undefined) return found
        if (member.kind === 'part') return this.#gated(found, member.port)
        if (typeof found !== 'function') return found
        const point = `${port}.${String(name)}`
        return (...args: readonly unknown[]) => {
          const given = args.map((arg, index) => this.#gated(arg, member.takes[index] ?? null))
          return this.#call(point, member, () => Reflect.apply(found, target, given) as unknown)
        }
      },
    })
  }

  #call(point: string, member: PortMember & { kind: 'call' }, run: () => unknown): unknown {
    return member.awaited ? this.#between(point, member, run) : this.#gated(run(), member.returns)
  }

  async #between(
    point: string,
    { returns }: PortMember & { kind: 'call' },
    run: () => unknown,
  ): Promise<unknown> {
    this.#onPoint(`${point}:before`)
    try {
      return this.#gated(await run(), returns)
    } finally {
      this.#onPoint(`${point}:after`)
    }
  }

  #gated(value: unknown, port: string | null): unknown {
    if (port === null || typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((one: unknown) => this.#gated(one, port))
    return this.inFrontOf(value, port)
  }
}
