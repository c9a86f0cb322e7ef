export interface ElfPlan {
  readonly bits: 32 | 64;
  readonly little: boolean;
  readonly sections: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** `section` is a number: 0 for none, 1 for the first of `sections`. */
  readonly symbols?: readonly { readonly name: string; readonly size: number; readonly section: number }[];
  readonly buildId?: string;
  /** States this size for every one of `sections`. */
  readonly sizes?: number;
  /** Counts the sections in section 0. */
  readonly extended?: boolean;
}

interface Row {
  readonly name: string;
  readonly type: number;
  readonly bytes: Buffer;
  readonly link?: number;
  readonly entry?: number;
  readonly stated?: number;
}

/** Returns the bytes of an ELF executable for x86-64 with just these sections; equal names share their place. */
export function buildElf(plan: ElfPlan): Buffer {
  const { bits, little } = plan;
  const wide = bits === 64;
  const numbers = (...fields: readonly (readonly [size: 2 | 4 | 8, value: number])[]): Buffer => {
    const out = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
    let at = 0;
    for (const [size, value] of fields) {
      for (let i = 0; i < size; i++) {
        const place = little ? i : size - 1 - i;
        out[at + place] = Math.floor(value / 256 ** i) % 256;
      }
      at += size;
    }
    return out;
  };
  const x = wide ? 8 : 4;
  const strings = createStrings();
  const rows: Row[] = plan.sections.map(({ name, bytes }) => ({
    name,
    type: 1,
    bytes,
    ...(plan.sizes === undefined ? {} : { stated: plan.sizes }),
  }));
  if (plan.buildId !== undefined) {
    const id = Buffer.from(plan.buildId, 'hex');
    rows.push({
      name: '.note.gnu.build-id',
      type: 7,
      bytes: Buffer.concat([numbers([4, 4], [4, id.length], [4, 3]), Buffer.from('GNU\0'), id]),
    });
  }
  if (plan.symbols !== undefined) {
    const symbols = plan.symbols.map(({ name, size, section }) => {
      const at = strings.add(name);
      const kind = Buffer.of(0x12, 0);
      return wide
        ? Buffer.concat([numbers([4, at]), kind, numbers([2, section], [8, 0], [8, size])])
        : Buffer.concat([numbers([4, at], [4, 0], [4, size]), kind, numbers([2, section])]);
    });
    const bytes = Buffer.concat([Buffer.alloc(wide ? 24 : 16), ...symbols]);
    rows.push({ name: '.symtab', type: 2, bytes, link: rows.length + 2, entry: wide ? 24 : 16 });
  }
  const named = rows.map((row) => strings.add(row.name));
  const own = strings.add('.strtab');
  rows.push({ name: '.strtab', type: 3, bytes: strings.bytes() });
  named.push(own);

  let offset = wide ? 64 : 52;
  const headers = rows.map(({ type, bytes, link = 0, entry = 0, stated }, i) => {
    const at = offset;
    offset += bytes.length;
    const size = stated ?? bytes.length;
    return numbers(
      [4, named[i]],
      [4, type],
      [x, 0],
      [x, 0],
      [x, at],
      [x, size],
      [4, link],
      [4, 0],
      [x, 1],
      [x, entry],
    );
  });
  const count = rows.length + 1;
  const first = numbers(
    [4, 0],
    [4, 0],
    [x, 0],
    [x, 0],
    [x, 0],
    [x, plan.extended ? count : 0],
    [4, plan.extended ? count - 1 : 0],
    [4, 0],
    [x, 0],
    [x, 0],
  );
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    numbers(
      [2, 2],
      [2, 62],
      [4, 1],
      [x, 0],
      [x, 0],
      [x, offset],
      [4, 0],
      [2, wide ? 64 : 52],
      [2, 0],
      [2, 0],
    ),
    numbers([2, wide ? 64 : 40], [2, plan.extended ? 0 : count], [2, plan.extended ? 0xffff : count - 1]),
  ]);
  return Buffer.concat([header, ...rows.map(({ bytes }) => bytes), first, ...headers]);
}

function createStrings(): { add(name: string): number; bytes(): Buffer } {
  const places = new Map<string, number>();
  const parts: Buffer[] = [Buffer.of(0)];
  let length = 1;
  return {
    add(name) {
      const known = places.get(name);
      if (known !== undefined) return known;
      const at = length;
      parts.push(Buffer.from(`${name}\0`));
      length += name.length + 1;
      places.set(name, at);
      return at;
    },
    bytes: () => Buffer.concat(parts),
  };
}
