/** The administrator's password; undefined when it is not given. */
export const fleetPassword = process.env.FLEET_PASSWORD || undefined
