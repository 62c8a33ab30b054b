/** Every sentence of the widget in both languages, under equal keys. */
export const STRINGS = {
  en: {
    title: "ACE Support Desk",
    launcher: "Help with ACE",
    launcherUnread: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
    minimise: "Minimize",
    languages: "Language",
    person: "Talk to a person",
    personHere: "You are talking with an analyst",
    state: {
      bot: "Automated assistant",
      waiting: "Waiting for an analyst",
      analyst: "Analyst connected",
      closed: "Conversation closed",
    },
    actor: { visitor: "You", bot: "Assistant", analyst: "Analyst", system: "Notice" },
    conversation: "Conversation",
    welcome: "How can we help?",
    intro:
      "Ask about your ACE account, signing in, reports, filing or refunds, in English or Spanish. " +
      "An automated assistant answers first. A person is one tap away.",
    replies: "Suggested replies",
    typing: "The assistant is writing",
    newMessages: "New messages",
    newConversation: "New conversation",
    message: "Your message",
    placeholder: "Type your message",
    send: "Send",
    privacy: "Do not type passwords, Social Security numbers or bank details.",
    left: (count) => (count === 1 ? "1 character left" : `${count} characters left`),
    excess: (count) => (count === 1 ? "1 character too many" : `${count} characters too many`),
    sending: "Sending…",
    notSent: "Not sent. We keep trying.",
    rejected: "This message could not be sent.",
    retry: "Retry now",
    edit: "Edit",
    remove: "Remove",
    newTab: "(opens in a new tab)",
    notice: {
      reconnecting: "Connection lost. Reconnecting…",
      slow: "The answer is taking longer than usual. You can keep writing or talk to a person.",
      closed: "This conversation is closed. Your next message starts a new one.",
    },
  },
  es: {
    title: "Mesa de servicio ACE",
    launcher: "Ayuda con ACE",
    launcherUnread: (count) => (count === 1 ? "1 mensaje nuevo" : `${count} mensajes nuevos`),
    minimise: "Minimizar",
    languages: "Idioma",
    person: "Hablar con una persona",
    personHere: "Está hablando con un analista",
    state: {
      bot: "Asistente automático",
      waiting: "En espera de un analista",
      analyst: "Analista en línea",
      closed: "Conversación cerrada",
    },
    actor: { visitor: "Usted", bot: "Asistente", analyst: "Analista", system: "Aviso" },
    conversation: "Conversación",
    welcome: "¿En qué podemos ayudarle?",
    intro:
      "Pregunte sobre su cuenta de ACE, el inicio de sesión, los informes, las declaraciones o los reembolsos, " +
      "en español o en inglés. Primero responde un asistente automático. Para hablar con una persona, basta un toque.",
    replies: "Respuestas sugeridas",
    typing: "El asistente está escribiendo",
    newMessages: "Mensajes nuevos",
    newConversation: "Conversación nueva",
    message: "Su mensaje",
    placeholder: "Escriba su mensaje",
    send: "Enviar",
    privacy: "No escriba contraseñas, números de Seguro Social ni datos bancarios.",
    left: (count) => (count === 1 ? "Queda 1 carácter" : `Quedan ${count} caracteres`),
    excess: (count) => (count === 1 ? "Sobra 1 carácter" : `Sobran ${count} caracteres`),
    sending: "Enviando…",
    notSent: "No se envió. Seguimos intentando.",
    rejected: "No se pudo enviar este mensaje.",
    retry: "Reintentar ahora",
    edit: "Editar",
    remove: "Quitar",
    newTab: "(se abre en otra pestaña)",
    notice: {
      reconnecting: "Se perdió la conexión. Reconectando…",
      slow: "La respuesta tarda más de lo habitual. Puede seguir escribiendo o hablar con una persona.",
      closed: "Esta conversación está cerrada. Su próximo mensaje inicia una nueva.",
    },
  },
};

/** The language of a tag such as "es-MX" when the widget speaks it, else null. */
export function spoken(tag) {
  const code = String(tag ?? "").slice(0, 2).toLowerCase();
  return Object.hasOwn(STRINGS, code) ? code : null;
}
