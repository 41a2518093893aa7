"""Forms of log-in, password, second factor and account. The rules are django-allauth's; here are the words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, override

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as security_keys
from allauth.socialaccount import forms as providers
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.forms.utils import pretty_name
from django.http import HttpRequest

from problems.choices import TokenScope
from problems.errors import Conflict, Invalid, TrackerError
from problems.models import User
from problems.services.tokens import DAYS, LONGEST

LABELS = {
    "login": "E-mail address",
    "email": "E-mail address",
    "password": "Password",
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "New password, once more",
    "code": "Code",
    "name": "Name of the key",
}
HINTS = {
    "password1": "12 characters or more. A few unrelated words are easy to keep in mind.",
    "code": "Six digits from the app, or a recovery code.",
}


class Worded:
    """A form in our words: labels instead of placeholders, hints without markup, and its errors as a list."""

    labels: ClassVar[dict[str, str]] = LABELS
    hints: ClassVar[dict[str, str]] = HINTS
    fields: dict[str, forms.Field]
    errors: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Word the fields."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label or pretty_name(name))
            field.help_text = self.hints.get(name, "")
            field.error_messages["required"] = "This is missing."

    @property
    def summary(self) -> list[dict[str, str]]:
        """Each error with its label and the field to go to."""
        return [
            {
                "label": str(self.fields[name].label) if name in self.fields else "",
                "text": text,
                "target": self[name].auto_id if name in self.fields else "main",  # type: ignore[index]  # a mixin of forms
            }
            for name, texts in self.errors.items()
            for text in texts
        ]

    def refuse(self, error: TrackerError) -> None:
        """Say what a service refused: at the fields that it names, else at the first one."""
        found = error.errors if isinstance(error, Invalid) else {error.field: [str(error)]}
        for name, sentences in found.items():
            self.add_error(name if name in self.fields else next(iter(self.fields)), [ValidationError(sentence) for sentence in sentences])  # type: ignore[attr-defined]  # a mixin of forms


@contextmanager
def readable() -> Iterator[None]:
    """Refuse an answer of a security key that the libraries below stumble over."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValidationError("The key answered in a form that cannot be read. Try again.") from error


class CredentialField(forms.JSONField):
    """What a security key answers. It is good for once, so a page that is shown again does not hold it."""

    widget = forms.HiddenInput

    @override
    def to_python(self, value: Any) -> Any:
        with readable():
            return super().to_python(value)

    @override
    def bound_data(self, data: Any, initial: Any) -> Any:
        return ""

    @override
    def prepare_value(self, value: Any) -> Any:
        return ""


class SignUpForm(Worded, account.SignupForm):
    """Make an account of one's own. An address that has one is answered alike, in words and in time; its owner gets a mail."""

    account_already_exists: bool
    labels: ClassVar[dict[str, str]] = LABELS | {"password1": "Password"}

    @override
    def try_save(self, request: HttpRequest) -> Any:
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except (Invalid, Conflict):  # sent twice at the same moment
                self.account_already_exists = True
        else:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class LoginForm(Worded, account.LoginForm):
    """Log in."""


class ReauthenticateForm(Worded, account.ReauthenticateForm):
    """Log in once more."""


class ResetPasswordForm(Worded, account.ResetPasswordForm):
    """Ask for a link."""


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):
    """A new password, by a link."""


class ChangePasswordForm(Worded, account.ChangePasswordForm):
    """A new password, by the old one."""


class SetPasswordForm(Worded, account.SetPasswordForm):
    """A first password."""


class AuthenticateForm(Worded, second_factor.AuthenticateForm):
    """The second factor."""


class ReauthenticateCodeForm(Worded, second_factor.ReauthenticateForm):
    """The second factor once more."""


class ActivateAppForm(Worded, totp.ActivateTOTPForm):
    """Set up an app."""

    hints: ClassVar[dict[str, str]] = {"code": "Six digits that the app shows now."}


class DeactivateAppForm(Worded, totp.DeactivateTOTPForm):
    """Take the app away."""


class RecoveryCodesForm(Worded, GenerateRecoveryCodesForm):
    """Make new recovery codes."""


class AddKeyForm(Worded, security_keys.AddWebAuthnForm):
    """Add a security key."""

    credential = CredentialField()
    hints: ClassVar[dict[str, str]] = {"name": "To tell it from others."}

    @override
    def clean(self) -> Any:
        with readable():
            return super().clean()


class EditKeyForm(Worded, security_keys.EditWebAuthnForm):
    """Rename a security key."""


class AuthenticateKeyForm(Worded, security_keys.AuthenticateWebAuthnForm):
    """The second factor by a security key."""

    credential = CredentialField()

    @override
    def clean_credential(self) -> Any:
        with readable():
            return super().clean_credential()


class ReauthenticateKeyForm(Worded, security_keys.ReauthenticateWebAuthnForm):
    """The same once more."""

    credential = CredentialField()

    @override
    def clean_credential(self) -> Any:
        with readable():
            return super().clean_credential()


class NameForm(Worded, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The name that others see, or do not see."""

    hints: ClassVar[dict[str, str]] = {
        "display_name": "Shown beside what you hand in. Empty: you are shown as “a contributor”.",
        "hide_name": "You are shown as “a contributor” to everybody but yourself and curators: on every page, in the API and in exports.",
    }

    class Meta:
        """Both fields."""

        model = User
        fields = ("display_name", "hide_name")


class InvitedForm(Worded, forms.Form):
    """The account of somebody who was invited."""

    labels: ClassVar[dict[str, str]] = LABELS | {"password1": "Password"}
    hints: ClassVar[dict[str, str]] = HINTS | {"display_name": "Shown beside what you hand in. Empty: you are shown as “a contributor”."}
    display_name = forms.CharField(required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password1 = forms.CharField(strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """For the account of this address."""
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password1(self) -> str:
        """Refuse what is easy to guess."""
        password: str = self.cleaned_data["password1"]
        validate_password(password, User(email=self.email, display_name=self.cleaned_data.get("display_name", "")))
        return password


class DeleteForm(Worded, forms.Form):
    """The last word before an account is deleted."""

    labels: ClassVar[dict[str, str]] = {"sure": "I want my account deleted, for good"}
    sure = forms.BooleanField()


class TokenForm(Worded, forms.Form):
    """A token to make."""

    labels: ClassVar[dict[str, str]] = {"name": "Name", "scope": "What it may do", "days": "Days until it expires"}
    hints: ClassVar[dict[str, str]] = {"name": "What it is for, to tell it from others.", "days": f"1 to {LONGEST}."}
    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    scope = forms.ChoiceField(choices=TokenScope.choices)
    days = forms.IntegerField(initial=DAYS, min_value=1, max_value=LONGEST)


class DisconnectForm(Worded, providers.DisconnectForm):
    """An account elsewhere, to be ended."""

    labels: ClassVar[dict[str, str]] = {"account": "Account"}
