//! OpenID Connect providers.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>.

use time::OffsetDateTime;

use crate::query::{Call, QueryError};
use crate::state::OidcProvider;
use crate::xml::Xml;

use super::{Answer, date, result, tags};

/// Longest lists.
const MOST_CLIENT_IDS: usize = 100;
const MOST_THUMBPRINTS: usize = 5;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let url = call.params.required("Url")?;
    let invalid = || QueryError::validation("Invalid Open ID Connect Provider URL");
    let host = url.strip_prefix("https://").ok_or_else(invalid)?.trim_end_matches('/');
    let parsed = url::Url::parse(url).map_err(|_| invalid())?;
    if host.is_empty()
        || url.len() > 255
        || parsed.query().is_some()
        || parsed.fragment().is_some()
        || parsed.port().is_some()
    {
        return Err(invalid());
    }
    let provider = OidcProvider {
        url: host.to_owned(),
        created: OffsetDateTime::now_utc().unix_timestamp(),
        client_ids: client_ids(call.params.texts("ClientIDList"))?,
        thumbprints: thumbprints(call)?,
        tags: tags::checked("OpenIDConnectProvider", call.params.tags()?)?,
    };
    let arn = call.account.arn("iam", &format!("oidc-provider/{host}"));
    call.account.store.change(|state| {
        if state.oidc_providers.contains_key(&arn) {
            return Err(QueryError::already_exists(format!(
                "Provider with url {url} already exists."
            )));
        }
        state.oidc_providers.insert(arn.clone(), provider.clone());
        Ok(())
    })?;
    result(|xml| {
        xml.text("OpenIDConnectProviderArn", &arn);
        write_tags(xml, &provider);
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let arn = call.params.required("OpenIDConnectProviderArn")?;
    let state = call.account.store.read();
    let provider = state.oidc_providers.get(arn).ok_or_else(|| not_found(arn))?;
    let texts = |xml: &mut Xml, element: &str, texts: &[String]| {
        xml.element(element, |xml| texts.iter().for_each(|text| xml.text("member", text)));
    };
    result(|xml| {
        xml.text("Url", &provider.url);
        texts(xml, "ClientIDList", &provider.client_ids);
        texts(xml, "ThumbprintList", &provider.thumbprints);
        xml.text("CreateDate", &date(provider.created));
        write_tags(xml, provider);
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let state = call.account.store.read();
    result(|xml| {
        xml.element("OpenIDConnectProviderList", |xml| {
            for arn in state.oidc_providers.keys() {
                xml.element("member", |xml| xml.text("Arn", arn));
            }
        });
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let arn = call.params.required("OpenIDConnectProviderArn")?;
    call.account.store.change(|state| {
        state.oidc_providers.remove(arn).map(|_| ()).ok_or_else(|| not_found(arn))
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html>
pub(super) fn update_thumbprints(call: &Call<'_>) -> Answer {
    let new = thumbprints(call)?;
    change(call, |provider| {
        provider.thumbprints = new;
        Ok(())
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html>
pub(super) fn add_client_id(call: &Call<'_>) -> Answer {
    let new = call.params.required("ClientID")?.to_owned();
    change(call, |provider| {
        if !provider.client_ids.contains(&new) {
            let mut all = provider.client_ids.clone();
            all.push(new);
            provider.client_ids = client_ids(all)?;
        }
        Ok(())
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html>
pub(super) fn remove_client_id(call: &Call<'_>) -> Answer {
    let gone = call.params.required("ClientID")?;
    change(call, |provider| {
        provider.client_ids.retain(|client_id| client_id != gone);
        Ok(())
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html>
pub(super) fn tag(call: &Call<'_>) -> Answer {
    let new = call.params.tags()?;
    change(call, |provider| {
        provider.tags = tags::added("OpenIDConnectProvider", &provider.tags, new)?;
        Ok(())
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html>
pub(super) fn untag(call: &Call<'_>) -> Answer {
    let gone = call.params.texts("TagKeys");
    change(call, |provider| {
        tags::remove(&mut provider.tags, &gone);
        Ok(())
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html>
pub(super) fn list_tags(call: &Call<'_>) -> Answer {
    let arn = call.params.required("OpenIDConnectProviderArn")?;
    let state = call.account.store.read();
    tags::page(call, &state.oidc_providers.get(arn).ok_or_else(|| not_found(arn))?.tags)
}

fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut OidcProvider) -> Result<(), QueryError>,
) -> Answer {
    let arn = call.params.required("OpenIDConnectProviderArn")?;
    call.account
        .store
        .change(|state| change(state.oidc_providers.get_mut(arn).ok_or_else(|| not_found(arn))?))?;
    Ok(None)
}

fn not_found(arn: &str) -> QueryError {
    QueryError::no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

fn client_ids(ids: Vec<String>) -> Result<Vec<String>, QueryError> {
    if ids.len() > MOST_CLIENT_IDS {
        return Err(QueryError::limit_exceeded(format!(
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MOST_CLIENT_IDS}"
        )));
    }
    Ok(ids)
}

/// AWS can do without: it then asks the provider.
fn thumbprints(call: &Call<'_>) -> Result<Vec<String>, QueryError> {
    let thumbprints = call.params.texts("ThumbprintList");
    if thumbprints.len() > MOST_THUMBPRINTS {
        return Err(QueryError::invalid_input(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    if let Some(wrong) = thumbprints
        .iter()
        .find(|text| text.len() != 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(QueryError::validation(format!(
            "1 validation error detected: Value '[{wrong}]' at 'thumbprintList' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]"
        )));
    }
    Ok(thumbprints)
}

fn write_tags(xml: &mut Xml, provider: &OidcProvider) {
    if !provider.tags.is_empty() {
        tags::write(xml, &provider.tags);
    }
}
