/** Something that a judge holds against what it was shown. */
export interface Finding {
  judge: 'wapiti' | 'sqlmap'
  /** wapiti's levels: 0 is a remark, 1 its lowest finding, 4 its worst. */
  level: number
  /** "Cross Site Scripting" */
  kind: string
  /** The operation, or the path. */
  where: string
  parameter: string
  info: string
}

/** What one run of a judge came to. */
export interface Judgement {
  title: string
  findings: Finding[]
  /** Why it is no verdict, in words: the time was over, or the judge gave up. */
  unfinished: string | undefined
  seconds: number
}

export const OUT_OF_TIME = 'its time was over'
