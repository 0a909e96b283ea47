export const repository = '/work/main'
export const environment: NodeJS.ProcessEnv = process.env
export const images = {
  probe: 'ctrl-alt-play/probe:local',
  teeworlds: 'ctrl-alt-play/teeworlds:local',
  openttd: 'ctrl-alt-play/openttd:local'
} as const
