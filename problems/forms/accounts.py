"""Forms of log-in, password, second factor and account. The rules are django-allauth's; here are the words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, override

from allauth.account import forms as account
from allauth.mfa.base import forms as second_factor
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as security_keys
from django import forms
from django.core.exceptions import ValidationError

from problems.models import User

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

    hints: ClassVar[dict[str, str]] = HINTS
    fields: dict[str, forms.Field]
    errors: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Word the fields."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.error_messages["required"] = "This is missing."

    @property
    def summary(self) -> list[dict[str, str]]:
        """Each error with its label and the field to go to."""
        return [
            {
                "label": str(self.fields[name].label) if name in self.fields else "",
                "text": text,
                "target": f"id_{name}" if name in self.fields else "main",
            }
            for name, texts in self.errors.items()
            for text in texts
        ]


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


class DisplayNameForm(Worded, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The name that others see."""

    hints: ClassVar[dict[str, str]] = {"display_name": "Shown beside what you hand in. Empty: you are shown as “a contributor”."}

    class Meta:
        """The one field."""

        model = User
        fields = ("display_name",)
