"""A walk through every page, by visitors and by analysts."""

from urllib.parse import urlencode

import pyotp
from playwright.sync_api import Browser, Page, expect

from tests.e2e.handoff.people import PATIENCE_MS, Analyst, Visitor
from tests.e2e.stack import Stack
from tests.pictures.camera import SIZES, Camera
from tests.pictures.filling import ADMIN, ANA, CODE, LUIS, MARTA, PASSWORD, QUINN

LANGUAGES = ("en", "es")
ENDS = ("handoff", "waiting", "analyst", "satisfaction", "rated")
SAID = {
    "en": {
        "hello": "Hello, this is Ana. I have your report open. Which month did you choose?",
        "month": "October. The screen stays blank after I press Run.",
        "found": "Thank you. The role lost its access on Monday. Please sign out, sign in and "
        "run it once more.",
        "note": "Same as ASD-000081: access is back after the role is saved again.",
    },
    "es": {
        "hello": "Buen día, soy Ana. Ya tengo su informe a la vista. ¿Qué mes eligió?",
        "month": "Octubre. La pantalla queda en blanco cuando presiono Run.",
        "found": "Gracias. El rol perdió su acceso el lunes. Cierre la sesión, vuelva a entrar y "
        "ejecútelo otra vez, por favor.",
        "note": "Igual que en ASD-000081: el acceso vuelve al guardar el rol otra vez.",
    },
}


class Tour:
    """The visitors and users of one desk, followed by a camera."""

    def __init__(self, browser: Browser, stack: Stack, camera: Camera) -> None:
        self.browser = browser
        self.stack = stack
        self.camera = camera
        self.pages = {email: self._signed_in(email) for email in (ANA, LUIS, MARTA, QUINN, ADMIN)}
        self.visitors: dict[str, Visitor] = {}
        self.numbers: dict[str, str] = {}

    def go(self) -> None:
        """Every page once, in both languages."""
        self.nobody_signed_in()
        for language in LANGUAGES:
            self.visitor_asks(language)
        for language in LANGUAGES:
            self.queues(language)
            self.ticket(LUIS, "ticket-waiting", language)
        analyst = Analyst(self.browser, self.stack)
        for language in LANGUAGES:
            self.analyst_helps(analyst, language)
        for language in LANGUAGES:
            self.analyst_resolves(analyst, language)
            self.mail(language)
            self.calls(language)
            self.desk(language)
            self.account(language)
            self.errors(language)
        self.code_step()

    # Visitors.

    def visitor_asks(self, language: str) -> None:
        page = self.browser.new_page(
            viewport=SIZES["desktop"], reduced_motion="reduce", bypass_csp=True
        )  # type: ignore[arg-type]
        page.goto(f"{self.stack.url}/?lang={language}")
        expect(page.locator("button.launcher")).to_be_visible()
        self.camera.take(page, f"demo-{language}")
        page.locator("button.launcher").click()
        self.widget(page, "fresh", language)
        page.close()
        visitor = self.visitors[language] = Visitor(
            self.browser, self.stack, language, bypass_csp=True
        )
        visitor.type(visitor.words["question"])
        visitor.hears("bot", 1)
        self.widget(visitor.page, "answer", language)
        visitor.press(visitor.words["person"])
        expect(visitor.page.get_by_role("button", name=visitor.words["skip"])).to_be_visible(
            timeout=PATIENCE_MS
        )
        self.widget(visitor.page, "handoff", language)
        self.numbers[language] = visitor.open_ticket()
        place = visitor.page.get_by_text(
            {"en": "You are number", "es": "Usted ocupa el lugar"}[language]
        )
        expect(place).to_be_visible(timeout=PATIENCE_MS)
        self.widget(visitor.page, "waiting", language)

    def widget(self, page: Page, name: str, language: str) -> None:
        # An answer is read from its beginning, everything else at its end.
        last = page.locator(".log > *:visible").last if name in ENDS else None
        self.camera.take(page, f"widget-{name}-{language}", whole=False, shown=last)

    # Analysts.

    def queues(self, language: str) -> None:
        page = self.pages[MARTA]
        for queue in ("open", "waiting", "mine", "urgent", "late", "hold", "done"):
            self.console(page, f"queue-{queue}", f"?queue={queue}", language)
        self.open(page, "?queue=open", language)
        self.camera.view(page, f"queue-open-{language}")
        filters = "?queue=open&language=es&channel=email&sort=oldest"
        self.console(page, "queue-filtered", filters, language)
        self.console(page, "search", "search?q=report", language)
        self.console(page, "search-nothing", "search?q=zeppelin", language)
        self.open(page, "?queue=open", language)
        for box in page.locator("tbody input[type=checkbox]").all()[:5]:
            box.check()
        page.locator("#do").select_option("resolve")
        self.camera.take(page, f"selected-{language}")
        page.locator(".acts button").click()
        page.wait_for_load_state()
        self.camera.take(page, f"bulk-{language}")
        self.open(page, "?queue=open", language)
        page.locator("[data-opens=keyboard]").click()
        self.camera.take(page, f"help-{language}", whole=False)

    def ticket(self, email: str, name: str, language: str) -> None:
        page = self.pages[email]
        self.open(page, f"tickets/{self.numbers[language]}", language)
        self.camera.take(page, f"{name}-{language}")

    def analyst_helps(self, analyst: Analyst, language: str) -> None:
        said, visitor = SAID[language], self.visitors[language]
        desk = analyst.open(self.numbers[language])
        desk.take_over()
        visitor.hears("system", 1)
        desk.reply(said["hello"])
        visitor.reads(said["hello"], actor="analyst")
        visitor.type(said["month"])
        desk.reads(said["month"])
        self.widget(visitor.page, "analyst", language)
        self.ticket(LUIS, "ticket-others", language)
        desk.note(said["note"])
        self.ticket(ANA, "ticket-mine", language)
        self.camera.view(self.pages[ANA], f"ticket-mine-{language}")
        # The note has closed the box for replies. Every open page holds a connection, of which a
        # browser has six.
        desk.page.close()
        desk = analyst.open(self.numbers[language])
        desk.reply(said["found"])
        visitor.reads(said["found"], actor="analyst")
        desk.page.close()

    def analyst_resolves(self, analyst: Analyst, language: str) -> None:
        visitor = self.visitors[language]
        desk = analyst.open(self.numbers[language])
        desk.resolve()
        desk.page.close()
        expect(visitor.page.locator("form.satisfaction")).to_be_visible(timeout=PATIENCE_MS)
        self.widget(visitor.page, "satisfaction", language)
        visitor.rate()
        self.widget(visitor.page, "rated", language)
        self.ticket(ANA, "ticket-done", language)

    def mail(self, language: str) -> None:
        page = self.pages[ANA]
        self.console(page, "quarantine", "mail/", language)
        self.open(page, "?view=open&channel=email&sort=newest", language)
        page.locator("main a[href*='/console/tickets/ASD-']").first.click()
        page.wait_for_load_state()
        page.locator(".mail details").first.evaluate("details => details.open = true")
        self.camera.take(page, f"ticket-mail-{language}")

    def calls(self, language: str) -> None:
        page = self.pages[ANA]
        self.console(page, "call-blank", "calls/new", language)
        told = {
            "en": ("Grace Okafor", "grace@trade.example", "ES-003 is empty for October."),
            "es": ("Luz Vega Ortiz", "luz@trade.example", "No me llega el código de un solo uso."),
        }
        name, email, story = told[language]
        page.locator("#spoken_language").select_option(language)
        page.locator("#written_language").select_option(language)
        page.locator("#name").fill(name)
        page.locator("#email").fill(email)
        page.locator("#story").fill(story)
        page.locator("#sort").select_option("reports/data" if language == "en" else "sign_in")
        page.locator(".form-acts button[value=look]").click()
        page.wait_for_load_state()
        self.camera.take(page, f"call-{language}")
        self.camera.view(page, f"call-{language}")
        page.locator("#story").fill("")
        page.locator("#story").evaluate("field => field.form.noValidate = true")
        page.locator(".form-acts button[value=open]").click()
        page.wait_for_load_state()
        self.camera.take(page, f"call-refused-{language}")

    def desk(self, language: str) -> None:
        lead, reviewer, admin = self.pages[MARTA], self.pages[QUINN], self.pages[ADMIN]
        self.console(lead, "macros", "macros/", language)
        self.console(lead, "macro-new", "macros/new", language)
        self.console(lead, "macro", "macros/received", language)
        self.console(lead, "figures", "figures/", language)
        self.camera.view(lead, f"figures-{language}")
        self.console(lead, "figures-split", "figures/?by=language&by=category", language)
        self.console(reviewer, "quality", "quality/", language)
        self.console(reviewer, "quality-decided", "quality/lots/1", language)
        self.console(reviewer, "quality-open", "quality/lots/2", language)
        page = reviewer.locator("main a[href*='/lots/2/ASD-']").last
        page.click()
        reviewer.wait_for_load_state()
        self.camera.take(reviewer, f"quality-review-{language}")
        self.console(admin, "users", "users", language)
        self.console(admin, "user", "users/2", language)
        self.console(admin, "audit", "audit", language)

    def account(self, language: str) -> None:
        page = self.pages[ANA]
        self.console(page, "profile", "profile", language)
        self.console(page, "tokens", "profile/tokens", language)
        self.console(page, "password", "password", language)
        self.console(page, "second-factor", "second-factor", language)
        if not page.locator("code.secret").is_visible():
            page.locator("main form button").first.click()
            page.wait_for_load_state()
        self.camera.take(page, f"second-factor-scan-{language}")

    def errors(self, language: str) -> None:
        self.console(self.pages[ANA], "403", "users", language)
        self.console(self.pages[ANA], "404", "nowhere", language)
        self.console(self.pages[ANA], "ticket-missing", "tickets/ASD-999999", language)

    # Signing in.

    def nobody_signed_in(self) -> None:
        page = self._page()
        for language in LANGUAGES:
            self.console(page, "sign-in", "sign-in", language)
            page.locator("#email").fill("nobody@desk.example")
            page.locator("#password").fill("wrong")
            page.locator("main form button").click()
            page.wait_for_load_state()
            self.camera.take(page, f"sign-in-failed-{language}")
        page.close()

    def code_step(self) -> None:
        """Somebody sets up a second factor, and is asked for it at the next sign-in."""
        page = self._signed_in(CODE)
        self.open(page, "second-factor", "en")
        page.locator("main form button").first.click()
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
        page.locator("main form button").click()
        page.wait_for_load_state()
        self.camera.take(page, "recovery-codes-en")
        for language in LANGUAGES:
            self.console(page, "second-factor-on", "second-factor", language)
        for language in LANGUAGES:
            asked = self._page()
            self._sign_in(asked, CODE, language)
            asked.wait_for_url("**/sign-in/code*")
            self.camera.take(asked, f"code-{language}")
            asked.close()

    # How a page is reached.

    def open(self, page: Page, path: str, language: str) -> None:
        joint = "&" if "?" in path else "?"
        page.goto(f"{self.stack.url}/console/{path}{joint}{urlencode({'lang': language})}")
        page.wait_for_load_state()

    def console(self, page: Page, name: str, path: str, language: str) -> None:
        self.open(page, path, language)
        self.camera.take(page, f"{name}-{language}")

    def _page(self) -> Page:
        # Axe runs within the page, which its policy would not let it.
        context = self.browser.new_context(
            viewport=SIZES["desktop"], reduced_motion="reduce", bypass_csp=True
        )  # type: ignore[arg-type]
        return context.new_page()

    def _signed_in(self, email: str) -> Page:
        page = self._page()
        self._sign_in(page, email, "en")
        page.wait_for_url("**/console/*")
        expect(page.locator("nav.primary")).to_be_attached()
        return page

    def _sign_in(self, page: Page, email: str, language: str) -> None:
        self.open(page, "sign-in", language)
        page.locator("#email").fill(email)
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button").click()
