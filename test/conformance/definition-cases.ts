import { expect } from 'vitest'

import { definitionOf, planOf, type Scene } from './scene.ts'

/** What `DefinitionStore` promises. `order` 1 and 2 and `travel` 1 are there from the start. */
export const definitionCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'stores a plan': async (scene) => {
    const definition = definitionOf('loan', 3)
    expect(await scene.store.findDefinition('loan', 3)).toBeUndefined()
    expect(await scene.store.register(definition)).toEqual({ status: 'registered' })
    expect(await scene.store.findDefinition('loan', 3)).toEqual(definition)
    expect(await scene.store.findDefinition('loan', 4)).toBeUndefined()
  },

  'knows a plan that is registered again': async (scene) => {
    expect(await scene.store.register(definitionOf('order', 1))).toEqual({ status: 'known' })
    expect(await scene.store.register(definitionOf('order', 2))).toEqual({ status: 'known' })
  },

  'gives back the stored plan when another comes under its version': async (scene) => {
    const plan = { ...planOf('order', 1), inputSchema: { type: 'string' } }
    const stored = definitionOf('order', 1)
    const result = await scene.store.register({ fingerprint: 'another', plan })
    expect(result).toEqual({ status: 'changed', stored })
    expect(await scene.store.findDefinition('order', 1)).toEqual(stored)
  },

  'stores one of many that register at once': async (scene) => {
    const race = Array.from({ length: 5 }, () => scene.store.register(definitionOf('loan', 1)))
    const statuses = (await Promise.all(race)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual(['known', 'known', 'known', 'known', 'registered'])
  },

  'lists plans by name and version, with the sagas that live on them': async (scene) => {
    await scene.store.register(definitionOf('order', 10))
    await scene.start()
    await scene.start()
    await scene.start({ event: { version: 2 } })
    await scene.complete(await scene.startAndClaim())
    const rows = await scene.store.listDefinitions()
    const registeredAt = expect.any(Number)
    expect(rows).toEqual([
      { ...definitionOf('order', 1), registeredAt, liveSagas: 2 },
      { ...definitionOf('order', 2), registeredAt, liveSagas: 1 },
      { ...definitionOf('order', 10), registeredAt, liveSagas: 0 },
      { ...definitionOf('travel', 1), registeredAt, liveSagas: 0 },
    ])
  },
}
