//! Enums whose values have a public name and a sentence: what options, settings and files call them, and what
//! help and tables say of them. One line a value, and nothing about it anywhere else.

/// What [`named!`] gives an enum, for code that takes any of them.
pub(crate) trait Named: Copy + Send + Sync + 'static {
    /// Every value, in the order of their declaration.
    const ALL: &'static [Self];

    /// What options, settings and files call it.
    fn name(self) -> &'static str;

    /// What it does or means, in one sentence without a full stop.
    fn sentence(self) -> &'static str;

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// Every name, in the order of declaration.
    fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|one| one.name())
    }
}

/// Defines an enum of values with a public name and a sentence each, which is read from its name by serde too:
///
/// ```ignore
/// named! {
///     /// How a door can be.
///     pub enum Door {
///         Open = "open": "Anybody can come in",
///         AtNight = "at-night": "Only who has a key can come in",
///     }
/// }
/// ```
///
/// `pub enum Door with reason { Open = "open": "Anybody can come in", "it is day"; … }` has one more text a
/// value, which the method `reason()` gives.
macro_rules! named {
    (
        $(#[$about:meta])*
        $visible:vis enum $Name:ident {
            $($(#[$of:meta])* $Value:ident = $name:literal: $sentence:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize,
        )]
        $visible enum $Name {
            $(#[doc = $sentence] #[serde(rename = $name)] $(#[$of])* $Value,)+
        }

        impl $Name {
            /// Every value, in the order of their declaration.
            $visible const ALL: &'static [Self] = &[$(Self::$Value),+];

            /// What options, settings and files call it.
            $visible const fn name(self) -> &'static str {
                match self {
                    $(Self::$Value => $name,)+
                }
            }

            /// What it does or means, in one sentence without a full stop.
            $visible const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$Value => $sentence,)+
                }
            }
        }

        impl $crate::named::Named for $Name {
            const ALL: &'static [Self] = Self::ALL;

            fn name(self) -> &'static str {
                self.name()
            }

            fn sentence(self) -> &'static str {
                self.sentence()
            }
        }
    };
    (
        $(#[$about:meta])*
        $visible:vis enum $Name:ident with $(#[$meaning:meta])* $text:ident {
            $($Value:ident = $name:literal: $sentence:literal, $more:literal;)+
        }
    ) => {
        $crate::named::named! {
            $(#[$about])*
            $visible enum $Name {
                $($Value = $name: $sentence,)+
            }
        }

        impl $Name {
            $(#[$meaning])*
            $visible const fn $text(self) -> &'static str {
                match self {
                    $(Self::$Value => $more,)+
                }
            }
        }
    };
}

pub(crate) use named;
