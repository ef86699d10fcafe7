/** Shell patterns for searching the history, in time proportional to pattern × text whatever the pattern is. */

interface Token {
  /** Any number of characters. */
  readonly star: boolean;
  readonly accepts: (character: string) => boolean;
}

/** A test for whole texts: `*` stands for any text, `?` for one character, `[a-z]` and `[^a]` for one of a set. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const tokens = parse(pattern);
  return (text) => matches(tokens, [...text]);
}

/** Goes back to the last star only: an earlier one need never take more. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let afterStar = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current?.star === true) {
      star = token++;
      afterStar = at;
    } else if (current?.accepts(text[at] ?? "") === true) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      at = ++afterStar;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.star);
}

function parse(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? "";
    // A bracket right after the opening one belongs to the set.
    const negated = characters[at + 1] === "^" || characters[at + 1] === "!";
    const close = character === "[" ? characters.indexOf("]", at + (negated ? 3 : 2)) : -1;
    if (close > 0) {
      tokens.push(setToken(characters.slice(at + (negated ? 2 : 1), close), negated));
      at = close;
    } else if (character === "*") {
      if (tokens.at(-1)?.star !== true) tokens.push({ star: true, accepts: () => true });
    } else {
      tokens.push({ star: false, accepts: character === "?" ? () => true : (other) => other === character });
    }
  }
  return tokens;
}

function setToken(members: readonly string[], negated: boolean): Token {
  const isMember = (character: string): boolean =>
    members.some((member, index) => {
      if (member === "-" && index > 0 && index < members.length - 1) {
        return (members[index - 1] ?? "") <= character && character <= (members[index + 1] ?? "");
      }
      return member === character;
    });
  return { star: false, accepts: (character) => isMember(character) !== negated };
}
