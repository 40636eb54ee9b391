import type { Scenario } from '../workload/scenario.ts'
import { ratioText } from './figures.ts'
import type { Ratio } from './ratios.ts'
import type { TextRows, Titles } from './scenario-rows.ts'

/** Ours against the peers in one scenario: a row for each of ours, a column for each peer. */
export const ratioRows = (
  scenario: Scenario,
  ratios: readonly Ratio[],
  titles: Titles,
): TextRows => {
  const here = ratios.filter((ratio) => ratio.scenario === scenario)
  const peers = [...new Set(here.map(({ peer }) => peer))]
  const ours = [...new Set(here.map(({ system }) => system))]
  const cell = (system: string, peer: string): string => {
    const found = here.find((ratio) => ratio.system === system && ratio.peer === peer)
    return found === undefined ? '–' : ratioText(found.ratio)
  }
  return {
    head: [
      scenario === 'w2' ? 'p50 against (less is better)' : 'sagas/s against (more is better)',
      ...peers.map((peer) => titles.get(peer) ?? peer),
    ],
    rows: ours.map((system) =>
      [titles.get(system) ?? system].concat(peers.map((peer) => cell(system, peer))),
    ),
  }
}
