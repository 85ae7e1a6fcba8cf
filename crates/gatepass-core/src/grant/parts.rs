//! How a file is cut into parts.

use crate::contract::{Multipart, ObjectSize};

/// The parts of one upload: all of one size but the last, which has what is left.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    size: u64,
    part_size: u64,
}

const MIB: u64 = 1024 * 1024;

impl PartPlan {
    /// S3's limit for one upload.
    pub const MAX_PARTS: u32 = 10_000;

    /// Parts of the contract's size, or of as many whole MiB more as keep a file of `size` bytes within
    /// [`Self::MAX_PARTS`]. None for an empty file, and for one above [`ObjectSize::MAX`].
    #[must_use]
    pub fn new(size: u64, multipart: Multipart) -> Option<Self> {
        if !(1..=ObjectSize::MAX).contains(&size) {
            return None;
        }
        let least = size.div_ceil(u64::from(Self::MAX_PARTS));
        let part_size = if least <= multipart.part_size.bytes() {
            multipart.part_size.bytes()
        } else {
            least.div_ceil(MIB) * MIB
        };
        Some(Self { size, part_size })
    }

    /// A plan that was made before; None if no plan can be so.
    pub(super) fn of_sizes(size: u64, part_size: u64) -> Option<Self> {
        let plan = Self { size, part_size };
        let is_plan = (1..=ObjectSize::MAX).contains(&size)
            && (1..=ObjectSize::MAX_PUT).contains(&part_size)
            && size.div_ceil(part_size) <= Self::MAX_PARTS.into();
        is_plan.then_some(plan)
    }

    /// The file's size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The size in bytes of every part but the last.
    #[must_use]
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        // bounded by both constructors
        u32::try_from(self.size.div_ceil(self.part_size)).unwrap_or(Self::MAX_PARTS)
    }

    /// The exact size in bytes of a part, counted from 1; None if there is no such part.
    #[must_use]
    pub fn size_of(&self, number: u32) -> Option<u64> {
        let before = u64::from(number.checked_sub(1)?).checked_mul(self.part_size)?;
        let left = self.size.checked_sub(before).filter(|left| *left > 0)?;
        Some(left.min(self.part_size))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use crate::contract::PartSize;

    use super::*;

    fn plan(size: u64, part_size: u64) -> Option<PartPlan> {
        PartPlan::new(size, Multipart { part_size: PartSize::from_bytes(part_size).unwrap() })
    }

    fn told(size: u64, part_size: u64) -> (u64, u32, u64) {
        let plan = plan(size, part_size).unwrap();
        (plan.part_size(), plan.count(), plan.size_of(plan.count()).unwrap())
    }

    #[test]
    fn sizes() {
        assert_eq!(told(1, 16 * MIB), (16 * MIB, 1, 1));
        assert_eq!(told(16 * MIB, 16 * MIB), (16 * MIB, 1, 16 * MIB));
        assert_eq!(told(16 * MIB + 1, 16 * MIB), (16 * MIB, 2, 1));
        assert_eq!(told(50_000 * MIB, 5 * MIB), (5 * MIB, 10_000, 5 * MIB));
        assert_eq!(told(50_000 * MIB + 1, 5 * MIB), (6 * MIB, 8334, 2 * MIB + 1));
        assert_eq!(told(ObjectSize::MAX, 5 * MIB), (5 * 1024 * MIB, 10_000, 5 * 1024 * MIB));
        assert_eq!(plan(ObjectSize::MAX + 1, 5 * MIB), None);
        assert_eq!(plan(0, 5 * MIB), None);
    }

    #[test]
    fn there_is_no_other_part() {
        let plan = plan(20 * MIB, 16 * MIB).unwrap();
        assert_eq!(
            (0..4).map(|number| plan.size_of(number)).collect::<Vec<_>>(),
            [None, Some(16 * MIB), Some(4 * MIB), None]
        );
        assert_eq!(plan.size_of(u32::MAX), None);
    }

    proptest! {
        #[test]
        fn the_parts_are_the_file_within_what_s3_takes(size in 1..=ObjectSize::MAX, part_size in PartSize::MIN..=ObjectSize::MAX_PUT) {
            let plan = plan(size, part_size).unwrap();
            prop_assert!((1..=PartPlan::MAX_PARTS).contains(&plan.count()));
            prop_assert!((PartSize::MIN..=ObjectSize::MAX_PUT).contains(&plan.part_size()));
            let all_but_last = u64::from(plan.count() - 1) * plan.part_size();
            prop_assert_eq!(all_but_last + plan.size_of(plan.count()).unwrap(), size);
            prop_assert_eq!(plan.size_of(plan.count() + 1), None);
            prop_assert_eq!(PartPlan::of_sizes(size, plan.part_size()), Some(plan));
        }
    }
}
