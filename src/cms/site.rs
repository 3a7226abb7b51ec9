//! The two landing pages of www.cms.gov and the names of the files they link to.
