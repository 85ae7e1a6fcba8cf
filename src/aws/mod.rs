//! AWS behind the traits of the house: clients, error mapping, credentials that refresh.
