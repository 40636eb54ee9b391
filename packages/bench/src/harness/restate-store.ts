import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { peersFolder } from './peers-folder.ts'
import { startSupervised } from './supervised-process.ts'

const READY_MS = 60_000

/** A Restate server of one run. */
export interface RestateStore {
  readonly pid: number
  readonly ingressUrl: string
  readonly adminUrl: string
  readonly close: () => Promise<void>
}

/** Starts Restate's server on the loopback, without telemetry, with a data folder of its own. */
export const startRestate = async (partitions: number): Promise<RestateStore> => {
  const [node, ingress, admin] = await freePorts()
  const folder = mkdtempSync(join(tmpdir(), 'bench-restate-'))
  const server = await startSupervised({
    file: restateBinary(),
    args: ['--no-logo', '--listen-mode', 'tcp', '--bind-ip', '127.0.0.1', '--base-dir', folder],
    env: {
      ...process.env,
      RESTATE_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: '1',
      RESTATE_LOG_FILTER: 'warn',
      RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions),
      RESTATE_BIND_PORT: String(node),
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
    },
    logFile: join(folder, 'server.log'),
  })
  const close = async (): Promise<void> => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const ingressUrl = `http://127.0.0.1:${ingress}`
  const adminUrl = `http://127.0.0.1:${admin}`
  try {
    await untilHealthy(`${adminUrl}/health`)
    await untilHealthy(`${ingressUrl}/restate/health`)
  } catch (error) {
    await close()
    throw error
  }
  return { pid: server.pid, ingressUrl, adminUrl, close }
}

/** The wrapper of the package loads its binary from a package for this platform. */
const restateBinary = (): string => {
  const wrapper = createRequire(join(peersFolder, 'package.json')).resolve(
    '@restatedev/restate-server/package.json',
  )
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`
  return createRequire(wrapper).resolve(`${platform}/bin/restate-server`)
}

type Ports = readonly [number, number, number]

const freePorts = async (): Promise<Ports> => {
  const servers = await Promise.all([listen(), listen(), listen()])
  const ports = servers.map(({ port }) => port)
  await Promise.all(servers.map(({ close }) => close()))
  const [a = 0, b = 0, c = 0] = ports
  return [a, b, c]
}

const listen = (): Promise<{ readonly port: number; readonly close: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address === null || typeof address === 'string' ? 0 : address.port
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })

const untilHealthy = async (url: string): Promise<void> => {
  const deadline = Date.now() + READY_MS
  for (;;) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok === true) return
    if (Date.now() > deadline) throw new Error(`Restate did not answer at ${url} in a minute.`)
    await sleep(50)
  }
}
