import {
  parseSync,
  type TsFnParameter,
  type TsInterfaceDeclaration,
  type TsType,
  type TsTypeElement,
} from '@swc/core'

import { readRepositoryFile, repositoryFiles } from '../../support/repository.ts'

/** A member of a port, as far as somebody who stands in front of it has to know it. Others are named as ports are. */
export type PortMember =
  | {
      readonly kind: 'call'
      /** Whether the answer is a promise: nothing outside of the process is asked otherwise. */
      readonly awaited: boolean
      readonly returns: string | null
      readonly takes: readonly (string | null)[]
    }
  | { readonly kind: 'part'; readonly port: string }

/** All ports by the names of their interfaces, the engine that is made of them included. Plain data: it goes to other processes. */
export type PortSchema = Readonly<Record<string, Readonly<Record<string, PortMember>>>>

const ports = 'packages/engine/src/ports/'
const engine = 'packages/engine/src/runtime/engine.ts'

/** The interface whose parts the ports are. */
export const root = 'Engine'

/**
 * Reads the ports' interfaces from their sources. A method that is added to one of them is in here from then on, and so is a
 * port that the engine gets, and whatever a port hands out or takes that can be called in its turn.
 */
export function readPortSchema(): PortSchema {
  const files = [engine, ...repositoryFiles().filter((path) => path.startsWith(ports))]
  const interfaces = new Map(
    files.flatMap(interfacesIn).map((declared) => [declared.id.value, declared] as const),
  )
  const callable = callableAmong([...interfaces.values()])
  return Object.fromEntries(
    [...callable].map((name) => {
      const { body } = declarationOf(interfaces, name)
      return [name, Object.fromEntries(body.body.flatMap((one) => memberOf(one, callable)))]
    }),
  )
}

/** The methods that are crash points, as `SagaStore.append`: those that somebody in front of the engine can stand in front of. */
export function crashMethods(schema: PortSchema, from: string = root): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  const visit = (port: string): void => {
    if (seen.has(port)) return
    seen.add(port)
    for (const [name, member] of Object.entries(schema[port] ?? {})) {
      if (member.kind === 'call' && member.awaited) found.add(`${port}.${name}`)
      for (const next of reachedBy(member)) visit(next)
    }
  }
  visit(from)
  return [...found].toSorted()
}

function reachedBy(member: PortMember): readonly string[] {
  if (member.kind === 'part') return [member.port]
  return [member.returns, ...member.takes].filter((port) => port !== null)
}

function interfacesIn(path: string): readonly TsInterfaceDeclaration[] {
  const { body } = parseSync(readRepositoryFile(path), { syntax: 'typescript' })
  return body.flatMap((item) =>
    item.type === 'ExportDeclaration' && item.declaration.type === 'TsInterfaceDeclaration'
      ? [item.declaration]
      : [],
  )
}

function declarationOf(
  interfaces: ReadonlyMap<string, TsInterfaceDeclaration>,
  name: string,
): TsInterfaceDeclaration {
  const declared = interfaces.get(name)
  if (declared === undefined) throw new Error(`There is no interface ${name} among the ports.`)
  // What it inherits would be missing, and nobody would notice.
  if (declared.extends.length > 0) throw new Error(`${name} extends another port: follow it here.`)
  return declared
}

/** Interfaces with a function in them, and those that have such a one as a part: the rest is data. */
function callableAmong(interfaces: readonly TsInterfaceDeclaration[]): ReadonlySet<string> {
  const callable = new Set<string>()
  for (;;) {
    const more = interfaces.filter(
      ({ id, body }) =>
        !callable.has(id.value) && body.body.some((one) => memberOf(one, callable).length > 0),
    )
    if (more.length === 0) return callable
    for (const { id } of more) callable.add(id.value)
  }
}

/** Nothing for a property that is data. */
function memberOf(
  element: TsTypeElement,
  callable: ReadonlySet<string>,
): readonly (readonly [string, PortMember])[] {
  if (element.type === 'TsMethodSignature') {
    const { params, typeAnn } = element
    return [[nameOf(element.key), callOf(params, typeAnn?.typeAnnotation, callable)]]
  }
  if (element.type !== 'TsPropertySignature') return []
  const type = element.typeAnnotation?.typeAnnotation
  if (type?.type === 'TsFunctionType') {
    const { params, typeAnnotation } = type
    return [[nameOf(element.key), callOf(params, typeAnnotation.typeAnnotation, callable)]]
  }
  const port = portIn(type, callable)
  return port === null ? [] : [[nameOf(element.key), { kind: 'part', port }]]
}

function callOf(
  params: readonly TsFnParameter[],
  answer: TsType | undefined,
  callable: ReadonlySet<string>,
): PortMember {
  return {
    kind: 'call',
    awaited: namesIn(answer)[0] === 'Promise',
    returns: portIn(answer, callable),
    takes: params.map((param) => portIn(param, callable)),
  }
}

function nameOf(key: { readonly type: string }): string {
  if ('value' in key && typeof key.value === 'string') return key.value
  throw new Error(`A member of a port has no plain name: ${JSON.stringify(key)}`)
}

/** The port that a type names, wherever it stands in it. */
function portIn(type: unknown, callable: ReadonlySet<string>): string | null {
  const [port = null, ...others] = namesIn(type).filter((name) => callable.has(name))
  if (others.length > 0) throw new Error(`One type names several ports: ${port}, ${others.join()}`)
  return port
}

/** The names of all types in a type, from the outside in. */
function namesIn(type: unknown): readonly string[] {
  if (typeof type !== 'object' || type === null) return []
  if (Array.isArray(type)) return type.flatMap((one: unknown) => namesIn(one))
  const inner = Object.values(type).flatMap((one: unknown) => namesIn(one))
  if (!('type' in type) || type.type !== 'TsTypeReference') return inner
  const own = 'typeName' in type ? type.typeName : null
  const hasName = typeof own === 'object' && own !== null && 'value' in own
  return hasName ? [String(own.value), ...inner] : inner
}
