//! What is known of an object, without its bytes.
//!
//! `s3s` takes one attribute a header, and writes the ETag in quotation marks, which S3 does everywhere but here.

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue, LAST_MODIFIED};
use s3s::{S3Result, s3_error};

use crate::objects::{Checksums, Version};
use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;
use crate::xml::Xml;

use super::customer_key::CustomerKey;
use super::list::{page_size, storage_class};
use super::{http_date, missing, modified};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const ATTRIBUTES: &str = "x-amz-object-attributes";
const MAX_PARTS: &str = "x-amz-max-parts";
const PART_NUMBER_MARKER: &str = "x-amz-part-number-marker";

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    ETag,
    Checksum,
    ObjectParts,
    StorageClass,
    ObjectSize,
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    attributes: Vec<Attribute>,
    version_id: Option<String>,
    max_parts: usize,
    part_number_marker: usize,
    customer_key: Option<CustomerKey>,
}

impl Attribute {
    fn by_name(name: &str) -> S3Result<Self> {
        match name {
            "ETag" => Ok(Self::ETag),
            "Checksum" => Ok(Self::Checksum),
            "ObjectParts" => Ok(Self::ObjectParts),
            "StorageClass" => Ok(Self::StorageClass),
            "ObjectSize" => Ok(Self::ObjectSize),
            unknown => {
                Err(invalid_argument("Invalid attribute name specified.", ATTRIBUTES, unknown))
            }
        }
    }
}

impl Wanted {
    /// Reads it out of the headers: attributes in one with commas, or in several.
    pub(crate) fn read(headers: &HeaderMap, query: &[(String, String)]) -> S3Result<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let lists = headers.get_all(ATTRIBUTES).iter().filter_map(|value| value.to_str().ok());
        let names =
            lists.flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty());
        let attributes: Vec<Attribute> = names.map(Attribute::by_name).collect::<S3Result<_>>()?;
        if attributes.is_empty() {
            return Err(s3_error!(
                InvalidRequest,
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
            ));
        }
        let number = |name: &'static str| match text(name) {
            None => Ok(None),
            Some(value) => {
                let number = value.trim().parse::<i32>();
                let message = format!("Provided {name} not an integer or within integer range");
                number.map(Some).map_err(|_| invalid_argument(message, name, value))
            }
        };
        let [algorithm, key, md5] = ["algorithm", "key", "key-md5"].map(|rest| {
            headers
                .get(format!("x-amz-server-side-encryption-customer-{rest}"))
                .and_then(|value| value.to_str().ok())
        });
        Ok(Self {
            attributes,
            version_id: query
                .iter()
                .find(|(name, _)| name == "versionId")
                .map(|(_, id)| id.clone()),
            max_parts: usize::try_from(page_size(MAX_PARTS, number(MAX_PARTS)?)?)
                .unwrap_or_default(),
            part_number_marker: usize::try_from(number(PART_NUMBER_MARKER)?.unwrap_or_default())
                .unwrap_or_default(),
            customer_key: CustomerKey::read(algorithm, key, md5)?,
        })
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>
    pub(crate) fn get(
        &self,
        buckets: &Buckets,
        bucket: &str,
        key: &str,
    ) -> S3Result<(String, HeaderMap)> {
        let version =
            buckets.objects.find(bucket, key, self.version_id.as_deref()).map_err(missing)?;
        CustomerKey::check(self.customer_key.as_ref(), &version.attributes.encryption)?;
        let mut headers = HeaderMap::new();
        let of_version = buckets
            .told_version(bucket, &version)
            .map(|id| (HeaderName::from_static("x-amz-version-id"), id));
        for (name, value) in
            [(LAST_MODIFIED, http_date(&modified(version.modified)))].into_iter().chain(of_version)
        {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        Ok((self.document(&version), headers))
    }

    fn document(&self, version: &Version) -> String {
        let wants = |attribute: Attribute| self.attributes.contains(&attribute);
        let mut xml = Xml::document();
        xml.element_in("GetObjectAttributesResponse", NAMESPACE, |xml| {
            if wants(Attribute::ETag) {
                xml.text("ETag", &version.etag);
            }
            if wants(Attribute::Checksum) && version.checksums.value.is_some() {
                xml.element("Checksum", |xml| write_checksum(xml, &version.checksums));
            }
            if wants(Attribute::ObjectParts) && !version.parts.is_empty() {
                xml.element("ObjectParts", |xml| self.write_parts(xml, version));
            }
            if wants(Attribute::StorageClass) {
                xml.text("StorageClass", &storage_class(version));
            }
            if wants(Attribute::ObjectSize) {
                xml.text("ObjectSize", &version.size.to_string());
            }
        });
        xml.into_string()
    }

    /// Of parts whose checksums the object's is not over, S3 tells how many there are and nothing more.
    fn write_parts(&self, xml: &mut Xml, version: &Version) {
        let count = version.parts.len();
        let Some((algorithm, _)) =
            version.checksums.value.as_ref().filter(|_| version.part_checksums.len() == count)
        else {
            xml.text("PartsCount", &count.to_string());
            return;
        };
        let page: Vec<usize> = (1..=count)
            .filter(|number| *number > self.part_number_marker)
            .take(self.max_parts)
            .collect();
        let last = page.last().copied().unwrap_or_default();
        xml.text("IsTruncated", if last < count && !page.is_empty() { "true" } else { "false" });
        xml.text("MaxParts", &self.max_parts.to_string());
        xml.text("NextPartNumberMarker", &last.to_string());
        xml.text("PartNumberMarker", &self.part_number_marker.to_string());
        for number in page {
            xml.element("Part", |xml| {
                xml.text(&algorithm.element(), &version.part_checksums[number - 1]);
                xml.text("PartNumber", &number.to_string());
                xml.text("Size", &version.parts[number - 1].to_string());
            });
        }
        xml.text("PartsCount", &count.to_string());
    }
}

/// A checksum over the parts' comes without their number here.
fn write_checksum(xml: &mut Xml, checksums: &Checksums) {
    if let Some((algorithm, value)) = &checksums.value {
        let value = value.split_once('-').map_or(value.as_str(), |(value, _)| value);
        xml.text(&algorithm.element(), value);
        xml.optional("ChecksumType", checksums.kind().as_ref().map(|kind| kind.as_str()));
    }
}
