// The whole state of the page in the fragment of its address.

const pipe = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

export async function toFragment(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const packed = await pipe(bytes, new CompressionStream("deflate-raw"));
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return `#s=${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

const MOST = 1_000_000; // bytes of a state: a link is no place for more

// The state of a fragment; undefined where there is none, null where it cannot be read.
export async function fromFragment(fragment) {
  if (!fragment.startsWith("#s=")) return undefined;
  const match = /^#s=([\w-]+)$/.exec(fragment);
  if (!match) return null;
  try {
    const text = atob(match[1].replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const whole = await pipe(bytes, new DecompressionStream("deflate-raw"));
    if (whole.length > MOST) return null;
    const state = JSON.parse(new TextDecoder().decode(whole));
    return state && typeof state === "object" ? state : null;
  } catch {
    return null;
  }
}
