// A picture of a page's top. Usage: node picture.mjs FILE.html PICTURE.png WIDTH HEIGHT SCHEME
import { check, finish } from "./chromium.mjs";

const [file, picture, width, height, scheme] = process.argv.slice(2);
const viewport = { width: Number(width), height: Number(height) };
await check(picture, file, viewport, scheme, (page) => page.screenshot({ path: picture }));
await finish();
