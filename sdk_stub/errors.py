"""Everything an app can be told went wrong: one exception, and the contract's table of numbers.

The member names are the contract's own. Where the vendor's platforms disagree about a number, the comment says which
meaning this stub uses.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """The contract's numbers; `Code("9006").name` is `ActionCanceled`."""

    # The React Native wrapper's own.
    IdentityProviderNotFound = "8001"
    WrongConfigModel = "8002"
    MobileAuthOtpIsDisabled = "8003"
    WrongPin = "8004"
    ResourceCallError = "8005"
    AuthenticatorDoesNotExist = "8006"
    ProfileDoesNotExist = "8007"
    ParametersNotCorrect = "8009"
    RegistrationNotInProgress = "8010"
    FingerprintNotEnabled = "8011"
    NoProfileAuthenticated = "8012"
    MobileAuthNotInProgress = "8013"
    MalformedUrl = "8014"
    AuthenticationNotInProgress = "8015"
    PinCreationNotInProgress = "8016"
    ActionNotAllowed = "8017"
    IncorrectPinFlow = "8018"
    AuthenticatorNotRegisteredWrapper = "8019"
    SdkNotStarted = "8020"  # Android's meaning; iOS's "already in progress" is 9007 here, as on Android

    # The native SDKs', which may be shown to users.
    NetworkConnectivityProblem = "9000"
    ServerNotReachable = "9001"
    DeviceDeregistered = "9002"
    UserDeregistered = "9003"
    OutdatedApp = "9004"
    OutdatedOs = "9005"
    ActionCanceled = "9006"
    ActionAlreadyInProgress = "9007"
    DeviceRegistrationError = "9008"
    InvalidPin = "9009"
    UserNotAuthenticated = "9010"
    PinBlacklisted = "9011"
    PinSequence = "9012"
    PinSimilarDigits = "9013"
    PinLength = "9014"
    InvalidAuthenticator = "9015"
    DeviceAlreadyEnrolled = "9016"
    EnrollmentNotAvailable = "9017"
    UserAlreadyEnrolled = "9018"
    UserDisenrolled = "9020"
    MobileAuthenticationNotEnrolled = "9021"
    AuthenticatorDeregistered = "9022"
    MobileAuthenticationDisenrolled = "9023"  # Android's meaning; iOS: protected data storage not available
    DataStorageNotAvailable = "9024"
    UnrecoverableDataState = "9025"
    UserNotAuthenticatedImplicitly = "9026"
    CustomAuthenticatorFailure = "9027"
    AuthenticatorDeregisteredLocally = "9028"
    AlreadyHandled = "9029"
    BiometricAuthenticatorFailure = "9030"
    InvalidDatetime = "9031"
    StatelessUser = "9033"
    StatelessRegistrationError = "9034"

    # The native SDKs', which point to a mistake in the app or the server's configuration.
    GeneralError = "10000"
    ConfigurationError = "10001"
    InvalidState = "10002"
    LocalDeregistration = "10003"
    AuthenticatorAlreadyRegistered = "10004"
    AuthenticatorNotSupported = "10006"
    AuthenticatorNotRegistered = "10007"
    AuthenticatorPinCannotBeDeregistered = "10008"
    LocalLogout = "10009"
    DeviceNotAuthenticated = "10012"
    MobileAuthenticationRequestNotFound = "10013"
    InvalidRequest = "10015"
    CustomAuthenticationDisabled = "10017"  # Android's number; iOS: 10020
    NotHandleable = "10018"
    InvalidIdentityProvider = "10020"  # Android's meaning
    CustomRegistrationExpired = "10021"
    CustomRegistrationFailure = "10022"
    SingleSignOnDisabled = "10023"
    AppIntegrityFailure = "10024"


class SdkError(Exception):
    """A rejected promise: `code` is the contract's number as a string, `message` a sentence for people."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code} {code.name}: {message}")
        self.code = code
        self.message = message
