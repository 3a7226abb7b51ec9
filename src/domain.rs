//! The values the tool thinks in. Each is made only by parsing and holds only what is valid, so no other module
//! checks a code, an NDC or a quarter again.

pub mod alert;
pub mod billing_unit;
pub mod code;
pub mod crosswalk;
pub mod descriptor;
pub mod drug;
pub mod evidence;
pub mod ndc;
pub mod payer;
pub mod payment_limit;
pub mod period;
pub mod product_name;
pub mod quarter;
pub mod release;
pub mod route;
pub mod source;
