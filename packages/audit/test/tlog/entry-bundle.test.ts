import { uint16be, utf8 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { parseEntryBundle, renderEntryBundle } from '../../src/index.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const entries = ['a', '', 'entry 2'].map(utf8);
const bundle = renderEntryBundle(entries);

describe('a bundle of entries', () => {
  it('is each entry after its length in two bytes', () => {
    expect(bundle).toEqual(new Uint8Array([0, 1, 97, 0, 0, 0, 7, ...utf8('entry 2')]));
    expect(parseEntryBundle(bundle, 3)).toEqual(entries);
  });

  it('holds the longest entry, and 256 of them', () => {
    const longest = new Uint8Array(65_535);
    expect(parseEntryBundle(renderEntryBundle([longest]), 1)).toEqual([longest]);
    const full = Array.from({ length: 256 }, (_, at) => uint16be(at));
    expect(parseEntryBundle(renderEntryBundle(full), 256)).toEqual(full);
  });

  it.each([
    ['a byte less', bundle.slice(0, -1), 3],
    ['a byte more', new Uint8Array([...bundle, 0]), 3],
    ['an entry more', new Uint8Array([...bundle, 0, 0]), 3],
    ['fewer than its path says', bundle, 4],
    ['more than its path says', bundle, 2],
    ['nothing', new Uint8Array(0), 1],
    ['half a length', new Uint8Array([0]), 1],
    ['a length beyond its end', new Uint8Array([255, 255, 1]), 1],
  ])('with %s is refused', (_, bytes, width) => {
    expect(() => parseEntryBundle(bytes, width)).toThrow(failsWith('invalid_tile'));
  });

  it.each([0, 257, 0.5, Number.NaN])('of %d entries does not exist', (width) => {
    expect(() => parseEntryBundle(bundle, width)).toThrow(failsWith('out_of_range'));
  });

  it('is not made of none, of 257 or of an entry that is too long', () => {
    expect(() => renderEntryBundle([])).toThrow(failsWith('out_of_range'));
    expect(() => renderEntryBundle(Array.from({ length: 257 }, () => utf8('')))).toThrow(
      failsWith('out_of_range'),
    );
    expect(() => renderEntryBundle([new Uint8Array(65_536)])).toThrow(failsWith('entry_too_large'));
  });
});
