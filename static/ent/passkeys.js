// Passkeys: the browser's ceremony between the page that asks and the form that sends. The server gives the options as
// JSON in which bytes are base64url, and takes the answer in the same way.

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const decodeIds = (credentials) => credentials?.map((credential) => ({ ...credential, id: decode(credential.id) }));

const optionsFrom = ({ publicKey }) => ({
  publicKey: {
    ...publicKey,
    challenge: decode(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: decode(publicKey.user.id) } }),
    ...(publicKey.excludeCredentials && { excludeCredentials: decodeIds(publicKey.excludeCredentials) }),
    ...(publicKey.allowCredentials && { allowCredentials: decodeIds(publicKey.allowCredentials) }),
  },
});

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

const answerOf = (credential) => ({
  id: credential.id,
  rawId: encode(credential.rawId),
  type: credential.type,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: Object.fromEntries(
    PARTS.filter((part) => credential.response[part]).map((part) => [part, encode(credential.response[part])]),
  ),
});

for (const form of document.querySelectorAll("form[data-ent-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const problem = form.querySelector("[data-ent-problem]");
  // On the way down: before the page's own guard marks the form as sent.
  form.addEventListener(
    "submit",
    async (event) => {
      event.preventDefault();
      event.stopPropagation();
      problem.hidden = true;
      try {
        const options = optionsFrom(JSON.parse(document.getElementById("passkey-options").textContent));
        const credential = await navigator.credentials[form.dataset.entPasskey](options);
        form.elements.credential.value = JSON.stringify(answerOf(credential));
        form.submit();
      } catch {
        problem.textContent = form.dataset.entRefused;
        problem.hidden = false;
      }
    },
    { capture: true },
  );
}
