export { buildApp } from './app.ts'
export { type Config, configKeys, loadConfig } from './config.ts'
