import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Defined, defined } from '../src/index.ts';

const maybe = <T>(value: T): T | undefined => value;

describe('defined', () => {
  it('leaves out the fields that are undefined, and no others', () => {
    const given = { a: maybe(undefined), b: null, c: 0, d: '', e: false, f: Number.NaN, g: [undefined] };
    expect(Object.entries(defined(given))).toEqual(Object.entries(given).slice(1));
  });

  it('keeps the order of the fields, and leaves what it was given as it is', () => {
    const given = { z: 1, gone: undefined, a: 2, m: 3 };
    expect(Object.keys(defined(given))).toEqual(['z', 'a', 'm']);
    expect(Object.keys(given)).toEqual(['z', 'gone', 'a', 'm']);
  });

  it('gives a new object, even if every field stays', () => {
    const given = { a: 1 };
    expect(defined(given)).not.toBe(given);
    expect(defined({})).toEqual({});
  });

  it('gives the same JSON as the fields', () => {
    const name = fc.string().filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(name, fc.option(fc.jsonValue(), { nil: undefined })), (fields) => {
        expect(JSON.stringify(defined(fields))).toBe(JSON.stringify(fields));
      }),
    );
  });

  it('spread over defaults keeps the default of an undefined field', () => {
    expect({
      host: '::',
      port: 1,
      ...defined({ host: maybe<string>('::1'), port: maybe(undefined) }),
    }).toEqual({
      host: '::1',
      port: 1,
    });
  });
});

describe('the type of defined', () => {
  interface Fields {
    readonly always: number;
    readonly nullable: string | null;
    perhaps: string | undefined;
    readonly optional?: number;
    loose?: number | undefined;
  }

  it('makes fields optional that may be undefined, and removes undefined from them', () => {
    interface Wanted {
      readonly always: number;
      readonly nullable: string | null;
      perhaps?: string;
      readonly optional?: number;
      loose?: number;
    }
    expectTypeOf<Pick<Defined<Fields>, keyof Defined<Fields>>>().toEqualTypeOf<Wanted>();
    expectTypeOf(defined({} as Fields)).toExtend<Wanted>();
  });

  it('can be assigned although exactOptionalPropertyTypes refuses undefined', () => {
    interface Endpoint {
      readonly host: string;
      readonly port?: number;
    }
    const port = maybe(51_820);
    const endpoint: Endpoint = { host: '::1', ...defined({ port }) };
    expect(endpoint).toEqual({ host: '::1', port: 51_820 });
    // @ts-expect-error a field that may be undefined is not an optional field
    const refused: Endpoint = { host: '::1', port };
    expect(refused).toEqual(endpoint);
  });

  it('does not promise a field that may be missing', () => {
    // @ts-expect-error it may be missing
    const port: number = defined({ port: maybe(51_820) }).port;
    expect(port).toBe(51_820);
  });

  it('keeps the type of what is spread over it', () => {
    const made = { host: 'a', ...defined({ host: maybe(1) }) };
    expectTypeOf(made).toEqualTypeOf<{ host: string | number }>();
  });
});
