/** A kind of thing that is found by its shape, and by more than that where there is more. */
export interface MaskPattern {
  /** What stands in its place: `[name]`. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Whether it is one. Absent: it is. */
  readonly isOne?: (found: string) => boolean;
}

/** What people are known by, for the option `logging.mask`. None of it is masked unless asked for. */
export const PERSONAL_DATA = {
  /** Mobile numbers of China, and numbers with their country (E.164), however they are grouped. */
  phone: pattern('phone', /(?<![\d.])(?:(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\+[1-9](?:[- ]?\(?\d\)?){6,14})(?!\d)/g), // prettier-ignore
  /** Numbers of residents of China: eighteen digits with a date and a check digit. */
  id_card: pattern('id_card', /(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)/g, isIdCard), // prettier-ignore
  email: pattern('email', /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/g),
  /** Numbers of cards: fifteen to nineteen digits with a check digit (Luhn). */
  bank_card: pattern('bank_card', /(?<![\d.])[2-6]\d{3}(?:[- ]?\d){11,15}(?!\d)/g, isLuhn),
} as const satisfies Record<string, MaskPattern>;

/** A kind of {@link PERSONAL_DATA}. */
export type PersonalData = keyof typeof PERSONAL_DATA;

function pattern(name: string, shape: RegExp, isOne?: (found: string) => boolean): MaskPattern {
  return { name, pattern: shape, ...(isOne && { isOne }) };
}

/** GB 11643-1999, which is ISO 7064 MOD 11-2. */
function isIdCard(found: string): boolean {
  const sum = Array.from(found.slice(0, 17)).reduce((total, digit, place) => total + Number(digit) * (2 ** (17 - place) % 11), 0); // prettier-ignore
  return '10X98765432'[sum % 11] === found[17]?.toUpperCase();
}

/** ISO/IEC 7812-1. */
function isLuhn(found: string): boolean {
  const digits = Array.from(found.replace(/\D/g, ''), Number).reverse();
  const sum = digits.reduce((total, digit, place) => {
    const doubled = place % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
