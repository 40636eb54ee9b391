import type {
  NewTask,
  SettleBranches,
  StartRecord,
} from '../../packages/engine/src/ports/saga-store.ts'
import type { Claim, KnownRow } from '../../packages/engine/src/ports/task-store.ts'
import { LONG_MS, type Scene } from './scene.ts'

/** Names of branches, with what a branch path may have in it. */
export const BRANCHES = ['main/book.flight', 'main/book.hotel', 'main/each.0/"q",\\{ü}'] as const

/** A saga that has forked: its tasks are those of the branches, and nobody has claimed them. */
export interface ForkedSaga {
  readonly started: StartRecord
  readonly sagaId: string
  readonly tasks: readonly NewTask[]
  /** The row that made the tasks. */
  readonly known: KnownRow
  readonly seq: number
}

/** A change of branches in which nothing comes, goes or wakes, but for what is given. */
export function settle(
  claims: readonly Pick<Claim, 'branch' | 'claimId'>[],
  wish: Partial<SettleBranches> = {},
): SettleBranches {
  const named = claims.map(({ branch, claimId }) => ({ branch, claimId }))
  return { type: 'settle', claims: named, dropped: [], next: [], wake: false, ...wish }
}

/** Starts a saga whose main branch makes way for others. */
export async function fork(
  scene: Scene,
  branches: readonly string[] = BRANCHES,
  wish: Partial<NewTask> = {},
): Promise<ForkedSaga> {
  const started = await scene.start()
  const { sagaId } = started
  const main = await scene.claim(started)
  const tasks = branches.map((branch) => scene.newTask({ branch, ...wish }))
  const record = scene.appendRecord(sagaId, { task: settle([main], { next: tasks }) })
  const [result] = await scene.store.append([record])
  if (result?.applied !== true) throw new Error('The saga did not fork.')
  return { started, sagaId, tasks, known: { seq: 2, appendId: record.appendId }, seq: 2 }
}

/** Claims tasks of a forked saga, all in one batch: the first ones, or as many as there are. */
export async function claimBranches(
  scene: Scene,
  { started, tasks }: ForkedSaga,
  count: number = tasks.length,
  leaseMs: number = LONG_MS,
): Promise<readonly Claim[]> {
  const batch = tasks.slice(0, count).map(({ branch, nonce }) => {
    return scene.claimRecord(started, { branch, nonce, leaseMs })
  })
  const claims = await scene.store.claim(batch)
  return claims.map((claim) => {
    if (claim === null) throw new Error('A branch was not granted.')
    return claim
  })
}

/** Claims the three branches that a saga has unless said otherwise. */
export async function three(
  scene: Scene,
  saga: ForkedSaga,
): Promise<readonly [Claim, Claim, Claim]> {
  const [flight, hotel, item] = await claimBranches(scene, saga)
  if (flight === undefined || hotel === undefined || item === undefined) {
    throw new Error('The saga has fewer branches.')
  }
  return [flight, hotel, item]
}

/** Each task as its branch, with a star while somebody holds it. */
export async function branchesOf(scene: Scene, sagaId: string): Promise<readonly string[]> {
  const tasks = await scene.store.listTasks(sagaId)
  return tasks.map(({ branch, claimed }) => (claimed ? `${branch} *` : branch))
}
