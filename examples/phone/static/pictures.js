// Where the phone page gets pictures from: the portal's window, a file that was dropped or pasted, a camera.

const PATIENCE_MS = 1500;
const PAUSE_MS = 300;
const LARGEST_EDGE = 1280;
const HIDDEN = "The portal's page is covered. Put the two windows side by side.";
const NOTHING = "No code is shown in another window. Open the portal's sign-in page.";

/** Ask the portal's windows what they show; see lend.js. Answers `{png}` or `{problem}`. */
export function pictureOfPortal() {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel("example-phone");
    let problem = NOTHING;
    const end = (answer) => {
      channel.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ problem }), PATIENCE_MS);
    channel.onmessage = ({ data }) => {
      if (data.isHidden) problem = HIDDEN;
      if (!data.png) return;
      clearTimeout(timer);
      end({ png: data.png });
    };
    channel.postMessage("look");
  });
}

/** The picture in what was dropped or pasted: a file, or one that lend.js wrote as text. */
export function pictureIn(transfer) {
  const file = [...transfer.files].find(({ type }) => type.startsWith("image/"));
  return file ?? fromDataUrl(transfer.getData("text/uri-list"));
}

function fromDataUrl(text) {
  const [, type, base64] = /^data:(image\/[a-z]+);base64,(.+)$/.exec(text) ?? [];
  return base64 && new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], { type });
}

/** Errors: InvalidStateError when it is no picture. */
export async function draw(picture, canvas) {
  const bitmap = await createImageBitmap(picture);
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

export class Camera {
  #video;
  #button;
  #idle;
  #listener;
  #stream = null;
  #canvas = document.createElement("canvas");

  /** `listener` has `seen(jpeg)`, which is awaited, and `failed()`. */
  constructor(video, button, idle, listener) {
    this.#video = video;
    this.#button = button;
    this.#idle = idle;
    this.#listener = listener;
  }

  toggle() {
    if (this.#stream) this.stop();
    else this.#start();
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#show();
  }

  async #start() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.#video.srcObject = this.#stream;
      await this.#video.play();
    } catch {
      this.stop();
      return this.#listener.failed();
    }
    this.#show();
    while (this.#stream) {
      await this.#listener.seen(await this.#frame());
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #frame() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const scale = Math.min(1, LARGEST_EDGE / Math.max(width, height));
    [this.#canvas.width, this.#canvas.height] = [width * scale, height * scale];
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    return new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", 0.85));
  }

  #show() {
    this.#video.hidden = !this.#stream;
    this.#idle.hidden = Boolean(this.#stream);
    this.#button.setAttribute("aria-pressed", String(Boolean(this.#stream)));
  }
}
