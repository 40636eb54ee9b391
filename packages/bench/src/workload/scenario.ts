/** What is measured: the happy path under load, one saga at a time, and sagas that turn back. */
export type Scenario = 'w1' | 'w2' | 'w3'

/** All scenarios, in the order in which they are run. */
export const scenarios: readonly Scenario[] = ['w1', 'w2', 'w3']

/** What a scenario is called in reports. */
export const scenarioTitle = (scenario: Scenario): string => {
  switch (scenario) {
    case 'w1':
      return 'W1: four steps, as many in flight as suits the system'
    case 'w2':
      return 'W2: four steps, one saga at a time'
    case 'w3':
      return 'W3: the fourth step rejects, three are compensated'
  }
}
