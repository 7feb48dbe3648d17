/** How a licence is known by its text: phrases, all of them, and about so many words. */
interface LicenceText {
  readonly id: string
  readonly phrases: readonly string[]
  /** Words of the text; one with many more has terms added. */
  readonly words: number
}

const text = (id: string, words: number, ...phrases: string[]): LicenceText => ({ id, phrases, words })
const cc = (id: string, title: string, words: number): LicenceText =>
  text(id, words, `creative commons ${title} 4 0 international`)

const REDISTRIBUTION =
  'redistribution and use in source and binary forms with or without modification are permitted'
const ISC =
  'permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted'

/** More special ones first where two share what they begin with. */
const TEXTS: readonly LicenceText[] = [
  text(
    'MIT',
    170,
    'permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files',
    'the above copyright notice and this permission notice shall be included in all copies or substantial portions of the software',
    'the software is provided as is without warranty of any kind',
  ),
  text('Apache-2.0', 1660, 'apache license version 2 0 january 2004', 'grant of patent license'),
  text('AGPL-3.0-only', 5600, 'gnu affero general public license version 3 19 november 2007'),
  text('LGPL-3.0-only', 1270, 'gnu lesser general public license version 3 29 june 2007'),
  text('LGPL-2.1-only', 4370, 'gnu lesser general public license version 2 1 february 1999'),
  text('GPL-3.0-only', 5750, 'gnu general public license version 3 29 june 2007'),
  text('GPL-2.0-only', 2980, 'gnu general public license version 2 june 1991'),
  text('MPL-2.0', 2450, 'mozilla public license version 2 0', 'covered software'),
  text(
    'BSD-3-Clause',
    225,
    REDISTRIBUTION,
    'may be used to endorse or promote products derived from this software without',
  ),
  text(
    'BSD-2-Clause',
    195,
    REDISTRIBUTION,
    'redistributions in binary form must reproduce the above copyright notice',
  ),
  text('ISC', 130, `${ISC} provided that`),
  text('0BSD', 105, ISC),
  text('Unlicense', 215, 'this is free and unencumbered software released into the public domain'),
  text('BSL-1.0', 225, 'boost software license version 1 0'),
  text('Zlib', 150, 'altered source versions must be plainly marked as such and must not be misrepresented'),
  text('WTFPL', 100, 'do what the fuck you want to public license'),
  text('EUPL-1.2', 2300, 'european union public licence v 1 2'),
  text('CC0-1.0', 1080, 'cc0 1 0 universal'),
  cc('CC-BY-NC-ND-4.0', 'attribution noncommercial noderivatives', 2800),
  cc('CC-BY-NC-SA-4.0', 'attribution noncommercial sharealike', 3200),
  cc('CC-BY-NC-4.0', 'attribution noncommercial', 3000),
  cc('CC-BY-ND-4.0', 'attribution noderivatives', 2700),
  cc('CC-BY-SA-4.0', 'attribution sharealike', 3100),
  cc('CC-BY-4.0', 'attribution', 2850),
  text('ODC-By-1.0', 3300, 'odc attribution license', 'database'),
  text('ODbL-1.0', 4300, 'open database license odbl'),
  text('PDDL-1.0', 2300, 'public domain dedication license pddl'),
  text('CDLA-Permissive-2.0', 400, 'community data license agreement permissive version 2 0'),
  text('bigscience-bloom-rail-1.0', 2700, 'bigscience rail license v1 0'),
  text('bigscience-openrail-m', 2700, 'bigscience open rail m license'),
  text('bigcode-openrail-m', 2900, 'bigcode open rail m'),
  text('creativeml-openrail-m', 2300, 'creativeml open rail m'),
  text('llama4', 1400, 'llama 4 community license agreement'),
  text('llama3.3', 1400, 'llama 3 3 community license agreement'),
  text('llama3.2', 1400, 'llama 3 2 community license agreement'),
  text('llama3.1', 1400, 'llama 3 1 community license agreement'),
  text('llama3', 1300, 'llama 3 community license agreement'),
  text('llama2', 1200, 'llama 2 community license agreement'),
  text('gemma', 2200, 'gemma terms of use'),
]

/** Terms that are put before or behind a licence and take away from what it grants. */
const RIDERS = [
  'commons clause license condition',
  'non commercial use only',
  'you may not use the software for commercial purposes',
]

export interface KnownLicence {
  readonly id: string
  /** Terms were added, or much is missing. */
  readonly modified: boolean
}

/** Longest text in which a licence is looked for. */
const LONGEST = 256 * 1024

/** The licence that a text is; undefined where it is none of those known. */
export function recogniseLicence(whole: string): KnownLicence | undefined {
  // Words alone: licences are copied with other punctuation, line ends and marks.
  const words = whole
    .slice(0, LONGEST)
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, ' ')
    .trim()
  const found = TEXTS.filter(({ phrases }) => phrases.every((phrase) => words.includes(phrase)))
  const place = ({ phrases }: LicenceText) => words.indexOf(phrases[0] ?? '')
  // Of several, the one that the text begins with quotes the others.
  const [first] = found.toSorted((a, b) => place(a) - place(b))
  if (!first) return undefined
  const count = words.split(' ').length
  const isOtherLength = count > first.words * 1.4 + 60 || count < first.words * 0.6
  return { id: first.id, modified: isOtherLength || RIDERS.some((rider) => words.includes(rider)) }
}
