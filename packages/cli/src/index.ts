export type { CliEnvironment } from './cli-environment.ts'
export { exitCodes, type ExitCode } from './exit-code.ts'
export { processEnvironment } from './process-environment.ts'
export { runCli } from './run-cli.ts'
