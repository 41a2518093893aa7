"""Forms of log-in, password, second factor and account. The rules are django-allauth's; here are the words."""

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
PASSWORD_HINT = "12 characters or more. A few unrelated words are easy to keep in mind."
HINTS = {"password1": PASSWORD_HINT, "code": "Six digits from the app, or a recovery code."}


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


class CredentialField(forms.JSONField):
    """What a security key answers."""

    widget = forms.HiddenInput

    @override
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise ValidationError("The key answered in a form that cannot be read. Try again.") from error


class LoginForm(Worded, account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Log in."""


class ReauthenticateForm(Worded, account.ReauthenticateForm):  # type: ignore[misc]  # as above
    """Log in once more."""


class ResetPasswordForm(Worded, account.ResetPasswordForm):  # type: ignore[misc]  # as above
    """Ask for a link."""


class ResetPasswordKeyForm(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]  # as above
    """A new password, by a link."""


class ChangePasswordForm(Worded, account.ChangePasswordForm):  # type: ignore[misc]  # as above
    """A new password, by the old one."""


class SetPasswordForm(Worded, account.SetPasswordForm):  # type: ignore[misc]  # as above
    """A first password."""


class AuthenticateForm(Worded, second_factor.AuthenticateForm):  # type: ignore[misc]  # as above
    """The second factor."""


class ReauthenticateCodeForm(Worded, second_factor.ReauthenticateForm):  # type: ignore[misc]  # as above
    """The second factor once more."""


class ActivateAppForm(Worded, totp.ActivateTOTPForm):  # type: ignore[misc]  # as above
    """Set up an app."""

    hints: ClassVar[dict[str, str]] = {"code": "Six digits that the app shows now."}


class DeactivateAppForm(Worded, totp.DeactivateTOTPForm):  # type: ignore[misc]  # as above
    """Take the app away."""


class RecoveryCodesForm(Worded, GenerateRecoveryCodesForm):  # type: ignore[misc]  # as above
    """Make new recovery codes."""


class AddKeyForm(Worded, security_keys.AddWebAuthnForm):  # type: ignore[misc]  # as above
    """Add a security key."""

    credential = CredentialField()
    hints: ClassVar[dict[str, str]] = {"name": "To tell it from others."}


class EditKeyForm(Worded, security_keys.EditWebAuthnForm):  # type: ignore[misc]  # as above
    """Rename a security key."""


class AuthenticateKeyForm(Worded, security_keys.AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """The second factor by a security key."""

    credential = CredentialField()


class ReauthenticateKeyForm(Worded, security_keys.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """The same once more."""

    credential = CredentialField()


class DisplayNameForm(Worded, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The name that others see."""

    hints: ClassVar[dict[str, str]] = {"display_name": "Shown beside what you hand in. Empty: you are shown as “a contributor”."}

    class Meta:
        """The one field."""

        model = User
        fields = ("display_name",)
