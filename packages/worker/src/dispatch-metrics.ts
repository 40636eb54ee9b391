import type { CircuitState, DispatchStatus } from '@backstep/engine'
import { Counter, Gauge, type GaugeConfiguration, type Registry } from 'prom-client'

const circuitStates: readonly CircuitState[] = ['closed', 'half_open', 'open']

/** Registers what there is to know about how tasks come to the worker: read when somebody asks, and never counted twice. */
export function registerDispatch(registry: Registry, read: () => DispatchStatus | null): void {
  const gauge = (configuration: GaugeConfiguration<'state'>): void =>
    registry.registerMetric(new Gauge({ ...configuration, registers: [] }))
  gauge({
    name: 'backstep_queue_degraded',
    help: 'Whether tasks are taken straight from Postgres because the queue cannot be relied on: 1 or 0.',
    collect() {
      this.set(read()?.state === 'degraded' ? 1 : 0)
    },
  })
  gauge({
    name: 'backstep_queue_circuit',
    help: 'Whether hints are sent (closed), are not (open), or one is tried (half_open): 1 for the state that it is in.',
    labelNames: ['state'],
    collect() {
      const circuit = read()?.circuit ?? 'closed'
      for (const state of circuitStates) this.set({ state }, state === circuit ? 1 : 0)
    },
  })
  const total = (name: string, help: string, of: (status: DispatchStatus) => number): void => {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [],
      collect() {
        const status = read()
        this.reset()
        this.inc(status === null ? 0 : of(status))
      },
    })
    registry.registerMetric(counter)
  }
  total(
    'backstep_hints_taken_total',
    'Hints that the queue has brought.',
    ({ hintsTaken }) => hintsTaken,
  )
  total(
    'backstep_direct_claims_total',
    'Tasks that were claimed without a hint: retries, timers, lost hints, and all while the queue is degraded.',
    ({ directClaims }) => directClaims,
  )
  total(
    'backstep_consumer_restarts_total',
    'Consumers of the queue that had gone silent and were replaced.',
    ({ consumersReplaced }) => consumersReplaced,
  )
}
