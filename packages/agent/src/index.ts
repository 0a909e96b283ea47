export { type Agent, type AgentOptions, type AgentStatus, startAgent } from './agent.ts'
export type { Driver } from './runtime/driver.ts'
export { type Credentials, readCredentials, writeCredentials } from './state/credentials.ts'
export { AGENT_VERSION } from './version.ts'
