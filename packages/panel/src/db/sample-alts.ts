import { armagetron } from './own-alts/armagetron.ts'
import { bzflag } from './own-alts/bzflag.ts'
import { factorio } from './own-alts/factorio.ts'
import { freeciv } from './own-alts/freeciv.ts'
import { luanti } from './own-alts/luanti.ts'
import { minecraftJava } from './own-alts/minecraft.ts'
import { mumble } from './own-alts/mumble.ts'
import { openarena } from './own-alts/openarena.ts'
import { openttd } from './own-alts/openttd.ts'
import type { OwnCtrl } from './own-alts/own-alt.ts'
import { teeworlds } from './own-alts/teeworlds.ts'
import { terraria } from './own-alts/terraria.ts'

/** What a fresh panel offers; docs/games.md says how each was tried. */
export const sampleCtrls: OwnCtrl[] = [
  teeworlds,
  openttd,
  luanti,
  bzflag,
  openarena,
  armagetron,
  freeciv,
  mumble,
  minecraftJava,
  factorio,
  terraria
]
