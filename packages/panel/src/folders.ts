import { join } from 'node:path'

const OWN = '/packages/panel'
const here = `${import.meta.dirname}/`

/** The panel's own package: all that is made of its sources, the bundle too, lies somewhere in it. */
export const panelFolder = here.slice(0, here.lastIndexOf(`${OWN}/`) + OWN.length)

/** What the panel was installed with: its schema, its scripts, the agent that it hands out. */
export const installFolder = join(panelFolder, '../..')
