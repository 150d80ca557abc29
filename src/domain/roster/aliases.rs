//! The usual headers of class lists, as data.

use super::columns::Role;

/// The usual headers, folded (see [`fold`](super::columns::fold)) and separated by spaces, the
/// surer ones first: English, German, French, Spanish, Italian, Portuguese, Dutch, and those of
/// learning platforms in these languages.
pub(super) const ALIASES: [(Role, &str); 6] = [
    (
        Role::Name,
        "fullname studentname nameofstudent displayname name student students participant \
         vollstandigername nameundvorname namevorname studierende teilnehmer nomcomplet nometprenom \
         nomprenom etudiant nombrecompleto nombreyapellidos apellidosynombre estudiante alumno \
         nomecompleto cognomeenome nomeecognome studente nomedoaluno estudante aluno volledigenaam \
         naam cursist",
    ),
    (
        Role::First,
        "firstname firstnames givenname givennames forename forenames first vorname vornamen \
         rufname prenom prenoms nombre nombres nome nomeproprio primeironome voornaam roepnaam",
    ),
    (
        Role::Last,
        "lastname lastnames surname familyname last nachname familienname zuname nomdefamille nom \
         apellido apellidos cognome apelido apelidos sobrenome ultimonome achternaam familienaam",
    ),
    (
        Role::Email,
        "email emailaddress mail mailaddress studentemail studentemailaddress emailaddresses \
         schoolemail universityemail institutionalemail workemail emailadresse mailadresse \
         adressemail adresseemail adressedecourriel courriel adresseelectronique correo \
         correoelectronico direcciondecorreo direcciondeemail indirizzoemail indirizzomail \
         postaelettronica emaildoaluno enderecodeemail enderecodecorreio correioeletronico \
         correioelectronico emailadres mailadres",
    ),
    (
        Role::Key,
        "studentnumber studentno studentnr studentid studentidnumber idnumber sisuserid sisid \
         matriculationnumber matriculationno matrikelnummer matrikelnr matrnr matnr matrikel \
         registrationnumber enrolmentnumber enrollmentnumber numeroetudiant numerodetudiant \
         noetudiant netudiant matricule numerodeestudiante numerodealumno numerodeidentificacion \
         matricula numerodimatricola matricola numerodematricula numerodealuno numerodeestudante \
         studentnummer leerlingnummer sourcedid key id",
    ),
    (
        Role::Login,
        "sisloginid loginid login username userid netid account benutzername benutzerkennung \
         kennung nomdutilisateur identifiant nombredeusuario usuario nomeutente nomedeusuario \
         nomedeutilizador gebruikersnaam",
    ),
];
