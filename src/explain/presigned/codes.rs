//! S3's error codes, and what they mean for an upload.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

/// What an answer means.
pub(super) struct Meaning {
    code: &'static str,
    /// What S3's message has in it, where a code has several meanings; in lower case.
    says: &'static str,
    pub(super) text: &'static str,
    pub(super) way_out: &'static str,
}

const fn meaning(
    code: &'static str,
    says: &'static str,
    text: &'static str,
    way_out: &'static str,
) -> Meaning {
    Meaning { code, says, text, way_out }
}

const ASK_AGAIN: &str = "ask for a new grant";
const AS_GIVEN: &str =
    "send every header of the grant, exactly as it was given, and no other x-amz- header";

/// All that are known; the first that fits counts.
const MEANINGS: [Meaning; 36] = [
    meaning(
        "AccessDenied",
        "request has expired",
        "the URL had expired when the request came",
        ASK_AGAIN,
    ),
    meaning(
        "AccessDenied",
        "not yet valid",
        "the URL is signed for a time that has not come",
        "set the clock of the machine that signs",
    ),
    meaning(
        "AccessDenied",
        "headers present in the request which were not signed",
        "an x-amz- header was sent that is not signed",
        AS_GIVEN,
    ),
    meaning(
        "AccessDenied",
        "must be less than a week",
        "X-Amz-Expires is above 7 days",
        "sign for a shorter time: upload.expires_in",
    ),
    meaning(
        "AccessDenied",
        "invalid according to policy",
        "the form does not keep its POST policy",
        "send every field of the grant as it was given, with the file last",
    ),
    meaning(
        "AuthorizationHeaderMalformed",
        "region",
        "the request is signed for another region than the bucket's",
        "let the signer sign for the bucket's region: bucket.region",
    ),
    meaning(
        "AuthorizationQueryParametersError",
        "region",
        "the URL is signed for another region than the bucket's",
        "let the signer sign for the bucket's region: bucket.region",
    ),
    meaning(
        "AuthorizationQueryParametersError",
        "week",
        "X-Amz-Expires is above 7 days",
        "sign for a shorter time: upload.expires_in",
    ),
    meaning(
        "AuthorizationQueryParametersError",
        "",
        "a parameter of the URL is missing or malformed; it may have been cut off",
        "copy the whole URL again, or ask for a new grant",
    ),
    meaning(
        "BadDigest",
        "",
        "the bytes are not those whose checksum was declared",
        "send the file whose checksum was given to the endpoint, unchanged",
    ),
    meaning(
        "XAmzContentChecksumMismatch",
        "",
        "the bytes are not those whose checksum was declared",
        "send the file whose checksum was given to the endpoint, unchanged",
    ),
    meaning(
        "XAmzContentSHA256Mismatch",
        "",
        "the bytes are not those whose hash was signed",
        "send the bytes that were signed",
    ),
    meaning(
        "InvalidDigest",
        "",
        "a checksum header is not the base64 form of a hash",
        "encode the hash itself, not its hexadecimal digits",
    ),
    meaning(
        "ConditionalRequestConflict",
        "",
        "another upload to this key was going on at the same time",
        "ask for a new grant and upload again",
    ),
    meaning(
        "PreconditionFailed",
        "",
        "an object with this key is there already: a grant of a strict contract is good for one upload",
        ASK_AGAIN,
    ),
    meaning(
        "EntityTooLarge",
        "",
        "the file is larger than the grant allows",
        "ask for a grant for the file's real size; upload.max_size limits it",
    ),
    meaning(
        "EntityTooSmall",
        "",
        "the file, or a part that is not the last, is smaller than S3 allows",
        "parts are of 5 MiB at least",
    ),
    meaning(
        "ExpiredToken",
        "",
        "the temporary credentials that signed have ended",
        "ask for a new grant; a URL ends with the credentials that signed it",
    ),
    meaning(
        "InvalidToken",
        "",
        "the session token is not that of the credentials",
        "check AWS_SESSION_TOKEN where the signer runs",
    ),
    meaning(
        "TokenRefreshRequired",
        "",
        "the temporary credentials that signed have ended",
        ASK_AGAIN,
    ),
    meaning(
        "InvalidAccessKeyId",
        "",
        "S3 does not know the access key that signed: it was deleted, is of another partition or of another S3",
        "check the credentials of the signer, and endpoint.url",
    ),
    meaning(
        "RequestTimeTooSkewed",
        "",
        "the signer's clock and S3's are more than 15 minutes apart",
        "set the clock of the machine that signs",
    ),
    meaning("RequestExpired", "", "the request came too late", ASK_AGAIN),
    meaning(
        "IncompleteBody",
        "",
        "fewer bytes came than content-length says",
        "upload again; a proxy may cut off what takes long",
    ),
    meaning("RequestTimeout", "", "no byte came for too long", "upload again"),
    meaning(
        "MissingContentLength",
        "",
        "no content-length was sent",
        "send the file with its length, not chunked",
    ),
    meaning(
        "MalformedPOSTRequest",
        "",
        "the form is not well-formed multipart/form-data",
        "send every field of the grant first, and the file last",
    ),
    meaning("NoSuchBucket", "", "there is no such bucket", "make it with `gatepass apply`"),
    meaning(
        "NoSuchKey",
        "",
        "there is no object with this key",
        "upload first; it may have been removed or have expired since",
    ),
    meaning("NoSuchUpload", "", "the upload in parts is over, or was given up", "begin a new one"),
    meaning(
        "PermanentRedirect",
        "",
        "the bucket is in another region, or must be reached by another host",
        "state the bucket's region in the contract: bucket.region",
    ),
    meaning(
        "TemporaryRedirect",
        "",
        "the bucket is reached by a host that does not name its region",
        "use the host with the region; gatepass does",
    ),
    meaning(
        "MethodNotAllowed",
        "",
        "what the URL names does not take this method",
        "send the method that the grant names",
    ),
    meaning(
        "AccessForbidden",
        "cors",
        "the preflight asks for an origin, method or header that no CORS rule allows",
        "list the page's origin in upload.allowed_origins, and send only the grant's headers",
    ),
    meaning(
        "NotImplemented",
        "",
        "a header implies what S3 does not do, such as a chunked body without a length",
        "send the file with its length, not chunked",
    ),
    meaning("SlowDown", "", "S3 asks for patience", "try again in a moment"),
];

/// What a code with this message means.
pub(super) fn find(code: &str, message: &str) -> Option<&'static Meaning> {
    let message = message.to_ascii_lowercase();
    MEANINGS.iter().find(|meaning| meaning.code == code && message.contains(meaning.says))
}
