(* The mapping between an RG step and a Boltzmann machine: Eqs. 1-22 and claims C1-C7, for any finite types.

   Above the line of dashes: the paper's definitions. Below it: theorems, named after the ledger's claims and the paper's
   equations. H and T take real values, so that no weight vanishes. *)

From Coq Require Import Reals List Lra.
From audit Require Import Traces.
Import ListNotations.
Open Scope R_scope.

Section Definitions.
  Context {V W : finite}.                          (* visible and hidden configurations *)
  Variables (H : V -> R) (T : V -> W -> R).        (* a Hamiltonian and an RG operator: any real functions *)

  Definition Z := Tr_ v, exp (- H v).                                    (* Eq. 2 *)
  Definition P v := exp (- H v) / Z.                                     (* Eq. 1 *)
  Definition F_v := - ln Z.                                              (* Eq. 4 *)
  Definition H_RG h := - ln (Tr_ v, exp (T v h - H v)).                  (* Eq. 6 *)
  Definition F_h := - ln (Tr_ h, exp (- H_RG h)).                        (* Eq. 7 *)
  Definition Delta_F := F_h - F_v.
  Definition q v := Tr_ h, exp (T v h).                                  (* the left side of Eqs. 8 and 9 *)
  Definition exact_RG := forall v, q v = 1.                              (* Eq. 9 *)
  Definition E v h := - T v h + H v.                                     (* Eq. 18, solved for E *)
  Definition Z' := Tr_ v, Tr_ h, exp (- E v h).                          (* the normalisation of Eq. 11 *)
  Definition p v h := exp (- E v h) / Z'.                                (* Eq. 11 *)
  Definition p_v v := Tr_ h, p v h.                                      (* Eq. 12 *)
  Definition p_h h := Tr_ v, p v h.                                      (* Eq. 13 *)
  Definition H_RBM_v v := - ln (p_v v * Z').                             (* Eq. 14, solved for the Hamiltonian *)
  Definition H_RBM_h h := - ln (p_h h * Z').                             (* Eq. 15, solved for the Hamiltonian *)
  Definition D_KL := KL P p_v.                                           (* Eq. 16 *)
  Definition mean_P (f : V -> R) := Tr_ v, P v * f v.                    (* E_P[f] *)
  Definition mean_p (f : V -> R) := Tr_ v, p_v v * f v.                  (* E_p[f] *)
End Definitions.

(* ---------------------------------------------------------------------------------------------------------------- *)

Section Theorems.
  Context {V W : finite} (H : V -> R) (T : V -> W -> R).
  Notation Z := (Z H). Notation P := (P H). Notation q := (q T). Notation Z' := (Z' H T).
  Notation p_v := (p_v H T). Notation p_h := (p_h H T). Notation Delta_F := (Delta_F H T). Notation D_KL := (D_KL H T).
  Notation mean_P := (mean_P H). Notation mean_p := (mean_p H T). Notation exact_RG := (exact_RG T).

  Lemma Z_positive : 0 < Z.
  Proof. apply Tr_positive; intros; apply exp_pos. Qed.

  Lemma q_positive v : 0 < q v.
  Proof. apply Tr_positive; intros; apply exp_pos. Qed.

  Lemma Z'_positive : 0 < Z'.
  Proof. apply Tr_positive; intros; apply Tr_positive; intros; apply exp_pos. Qed.

  Lemma P_positive v : 0 < P v.
  Proof. apply Rdiv_lt_0_compat; [apply exp_pos|apply Z_positive]. Qed.

  Lemma P_normalised : Tr P = 1.
  Proof. unfold Mapping.P; rewrite Tr_divide; apply Rinv_r, nonzero, Z_positive. Qed.

  Lemma trace_E v : (Tr_ h, exp (- E H T v h)) = exp (- H v) * q v.
  Proof.
    unfold Mapping.q; rewrite <- Tr_scale; apply Tr_ext; intros h.
    rewrite <- exp_plus; f_equal; unfold E; ring.
  Qed.

  Lemma p_v_formula v : p_v v = exp (- H v) * q v / Z'.
  Proof. unfold Mapping.p_v, p; now rewrite Tr_divide, trace_E. Qed.

  Lemma p_v_positive v : 0 < p_v v.
  Proof.
    rewrite p_v_formula; apply Rdiv_lt_0_compat; [|apply Z'_positive].
    apply Rmult_lt_0_compat; [apply exp_pos|apply q_positive].
  Qed.

  Lemma p_v_normalised : Tr p_v = 1.
  Proof.
    rewrite (Tr_ext p_v (fun v => (Tr_ h, exp (- E H T v h)) / Z')).
    - rewrite Tr_divide; apply Rinv_r, nonzero, Z'_positive.
    - intros v; unfold Mapping.p_v, p; apply Tr_divide.
  Qed.

  Lemma mean_q : mean_P q = Z' / Z.
  Proof.
    unfold Mapping.mean_P, Mapping.P, Mapping.Z'.
    rewrite <- Tr_divide; apply Tr_ext; intros v; rewrite trace_E; unfold Rdiv; ring.
  Qed.

  Lemma exp_H_RG h : exp (- H_RG H T h) = Tr_ v, exp (- E H T v h).
  Proof.
    unfold H_RG; rewrite Ropp_involutive, exp_ln by (apply Tr_positive; intros; apply exp_pos).
    apply Tr_ext; intros v; f_equal; unfold E; ring.
  Qed.

  Lemma trace_H_RG : (Tr_ h, exp (- H_RG H T h)) = Z'.
  Proof. unfold Mapping.Z'; rewrite Tr_swap; apply Tr_ext, exp_H_RG. Qed.

  (* C1: Delta F = log Z - log Z' = - log E_P[q]. *)
  Theorem C1 : Delta_F = ln Z - ln Z' /\ Delta_F = - ln (mean_P q).
  Proof.
    assert (first : Delta_F = ln Z - ln Z').
    { unfold Mapping.Delta_F, F_h, F_v; rewrite trace_H_RG; ring. }
    split; [exact first|].
    rewrite first, mean_q; unfold Rdiv.
    rewrite ln_mult, ln_Rinv by (try apply Rinv_0_lt_compat; apply Z_positive || apply Z'_positive); ring.
  Qed.

  (* C2: p(v) = P(v) q(v) / E_P[q]. *)
  Theorem C2 v : p_v v = P v * q v / mean_P q.
  Proof.
    rewrite p_v_formula, mean_q; unfold Mapping.P.
    field; split; apply nonzero; [apply Z_positive|apply Z'_positive].
  Qed.

  Lemma log_ratio v : ln (P v / p_v v) = ln (Z' / Z) - ln (q v).
  Proof.
    replace (P v / p_v v) with ((Z' / Z) * / q v).
    - rewrite ln_mult, ln_Rinv; [ring|apply q_positive| |apply Rinv_0_lt_compat, q_positive].
      apply Rdiv_lt_0_compat; [apply Z'_positive|apply Z_positive].
    - rewrite p_v_formula; unfold Mapping.P; field.
      pose proof (exp_pos (- H v)); pose proof (q_positive v); pose proof Z_positive; pose proof Z'_positive; lra.
  Qed.

  Lemma log_Z_ratio : ln (Z' / Z) = - Delta_F.
  Proof. rewrite <- mean_q, (proj2 C1); ring. Qed.

  (* C3: KL(P || p) = - Delta F - E_P[log q] >= 0, and KL(p || P) = E_p[log q] + Delta F >= 0. *)
  Theorem C3 :
    D_KL = - Delta_F - mean_P (fun v => ln (q v)) /\ 0 <= D_KL /\
    KL p_v P = mean_p (fun v => ln (q v)) + Delta_F /\ 0 <= KL p_v P.
  Proof.
    split; [|split; [|split]].
    - unfold Mapping.D_KL, KL, Mapping.mean_P.
      replace (- Delta_F) with (Tr P * - Delta_F) by (rewrite P_normalised; ring).
      rewrite <- Tr_scale_r, <- Tr_minus; apply Tr_ext; intros v.
      rewrite log_ratio, log_Z_ratio; ring.
    - apply Gibbs; [apply P_positive|apply p_v_positive|now rewrite P_normalised, p_v_normalised].
    - unfold KL, Mapping.mean_p.
      replace Delta_F with (Tr p_v * Delta_F) at 1 by (rewrite p_v_normalised; ring).
      rewrite <- Tr_scale_r, <- Tr_plus; apply Tr_ext; intros v.
      replace (p_v v / P v) with (/ (P v / p_v v)).
      + rewrite ln_Rinv, log_ratio, log_Z_ratio; [ring|].
        apply Rdiv_lt_0_compat; [apply P_positive|apply p_v_positive].
      + field; split; apply nonzero; [apply P_positive|apply p_v_positive].
    - apply Gibbs; [apply p_v_positive|apply P_positive|now rewrite P_normalised, p_v_normalised].
  Qed.

  Lemma D_KL_zero : D_KL = 0 <-> forall v, P v = p_v v.
  Proof. apply Gibbs_equal; [apply P_positive|apply p_v_positive|now rewrite P_normalised, p_v_normalised]. Qed.

  (* C4: p = P if and only if q is the same number, Z'/Z, for every v. *)
  Theorem C4 :
    ((forall v, p_v v = P v) <-> (forall v, q v = Z' / Z)) /\
    ((forall v, q v = Z' / Z) <-> (exists c, forall v, q v = c)).
  Proof.
    assert (ratio : forall v, p_v v = P v * (q v / (Z' / Z))).
    { intros v; rewrite C2, mean_q; unfold Rdiv; ring. }
    assert (positive : 0 < Z' / Z) by (apply Rdiv_lt_0_compat; [apply Z'_positive|apply Z_positive]).
    split; split.
    - intros e v; pose proof (ratio v) as r; rewrite e in r; pose proof (P_positive v).
      assert (one : 1 = q v / (Z' / Z)) by (apply (Rmult_eq_reg_l (P v)); lra).
      apply (Rmult_eq_reg_r (/ (Z' / Z))); [|apply Rinv_neq_0_compat, nonzero, positive].
      rewrite Rinv_r by now apply nonzero. now symmetry.
    - intros e v; rewrite ratio, e; unfold Rdiv at 1; rewrite Rinv_r by now apply nonzero. ring.
    - intros e; now exists (Z' / Z).
    - intros [c e] v; rewrite <- mean_q; unfold Mapping.mean_P.
      rewrite (Tr_ext _ (fun v => P v * c)) by (intros; now rewrite e).
      rewrite Tr_scale_r, P_normalised, e; ring.
  Qed.

  (* C5, Eq. 8 corrected: the step is exact if and only if KL = 0 and Delta F = 0. *)
  Theorem C5 : exact_RG <-> D_KL = 0 /\ Delta_F = 0.
  Proof.
    assert (mean : exact_RG -> mean_P q = 1).
    { intros e; unfold Mapping.mean_P; rewrite (Tr_ext _ P); [apply P_normalised|intros v; rewrite e; ring]. }
    split.
    - intros e; split.
      + apply D_KL_zero; intros v; rewrite C2, mean, e by exact e; field.
      + rewrite (proj2 C1), mean, ln_1 by exact e; ring.
    - intros [k f] v.
      assert (constant : forall v, q v = Z' / Z).
      { apply (proj1 C4); intros w; symmetry; now apply D_KL_zero. }
      rewrite constant; apply ln_inv; [apply Rdiv_lt_0_compat; [apply Z'_positive|apply Z_positive]|lra|].
      rewrite log_Z_ratio, f, ln_1; ring.
  Qed.

  (* Eq. 8, the direction that holds: Tr_h e^T = 1 for every v implies Delta F = 0 (and KL = 0, Eq. 17). *)
  Theorem Eq_8_backwards : exact_RG -> Delta_F = 0 /\ D_KL = 0.
  Proof. intros e; now apply C5 in e as []. Qed.

  (* C6: T - log q is the conditional p(h|v), and is an exact RG for any T. *)
  Theorem C6 :
    (forall v h, exp (T v h - ln (q v)) = p H T v h / p_v v) /\
    Mapping.exact_RG (fun v h => T v h - ln (q v)).
  Proof.
    assert (split_exp : forall v h, exp (T v h - ln (q v)) = exp (T v h) / q v).
    { intros v h; unfold Rminus; rewrite exp_plus, exp_Ropp, exp_ln by apply q_positive; reflexivity. }
    split.
    - intros v h; rewrite split_exp, p_v_formula; unfold p, E.
      replace (- (- T v h + H v)) with (- H v + T v h) by ring; rewrite exp_plus; field.
      pose proof (exp_pos (- H v)); pose proof (q_positive v); pose proof Z'_positive; lra.
    - intros v; change ((Tr_ h, exp (T v h - ln (q v))) = 1).
      rewrite (Tr_ext _ _ (split_exp v)), Tr_divide.
      apply Rinv_r, nonzero, q_positive.
  Qed.

  (* C7 for any finite types: without constants, Tr_v H = 0 and Tr_vh T = 0, and then the uniform mean of log q is at
     least the logarithm of the number of hidden configurations. With two or more of them Eq. 9 cannot hold. *)
  Notation size A := (Tr (fun _ : A => 1)).

  Lemma size_positive (A : finite) : 0 < size A.
  Proof. apply Tr_positive; intros; lra. Qed.

  Lemma Jensen v : (Tr_ h, T v h) / size W <= ln (q v) - ln (size W).
  Proof.
    pose proof (size_positive W) as n; pose proof (q_positive v) as a.
    assert (bound : forall h, T v h <= exp (T v h) * (size W / q v) - 1 + ln (q v) - ln (size W)).
    { intros h; pose proof (log_below (exp (T v h) * (size W / q v))) as b.
      assert (r : 0 < size W / q v) by now apply Rdiv_lt_0_compat.
      specialize (b (Rmult_lt_0_compat _ _ (exp_pos _) r)); unfold Rdiv in *.
      rewrite !ln_mult, ln_exp, ln_Rinv in b; auto using exp_pos, Rinv_0_lt_compat; lra. }
    apply (Rmult_le_reg_r (size W)); [exact n|].
    replace ((Tr_ h, T v h) / size W * size W) with (Tr_ h, T v h) by (field; now apply nonzero).
    apply Rle_trans with (Tr_ h, exp (T v h) * (size W / q v) + 1 * (- 1 + ln (q v) - ln (size W))).
    - apply Rge_le, Rminus_ge, Rle_ge; rewrite <- Tr_minus; apply Tr_nonneg; intros h; pose proof (bound h); lra.
    - rewrite Tr_plus, Tr_scale_r, Tr_scale_r; fold (q v). apply Req_le; field; now apply nonzero.
  Qed.

  Theorem C7 : Tr H = 0 -> (Tr_ v, Tr_ h, E H T v h) = 0 -> ln (size W) <= (Tr_ v, ln (q v)) / size V.
  Proof.
    intros noH noE.
    assert (noT : (Tr_ v, Tr_ h, T v h) = 0).
    { replace 0 with (Tr H * size W - Tr_ v, Tr_ h, E H T v h) by (rewrite noH, noE; ring).
      rewrite <- Tr_scale_r, <- Tr_minus; apply Tr_ext; intros v.
      rewrite <- Tr_scale, <- Tr_minus; apply Tr_ext; intros h; unfold E; ring. }
    pose proof (size_positive V) as n.
    apply (Rmult_le_reg_r (size V)); [exact n|].
    replace ((Tr_ v, ln (q v)) / size V * size V) with (Tr_ v, ln (q v)) by (field; now apply nonzero).
    apply Rminus_le; apply Ropp_le_cancel; rewrite Ropp_0.
    replace (- (ln (size W) * size V - Tr_ v, ln (q v))) with
      ((Tr_ v, ln (q v)) - Tr (fun _ : V => ln (size W) * 1) - (Tr_ v, Tr_ h, T v h) / size W)
      by (rewrite Tr_scale, noT; unfold Rdiv; ring).
    rewrite <- Tr_divide, <- !Tr_minus; apply Tr_nonneg; intros v; pose proof (Jensen v); lra.
  Qed.

  (* Eq. 9 cannot hold without a constant in E: Eq. 10 as printed, for two or more hidden configurations. *)
  Theorem C7_never_exact : Tr H = 0 -> (Tr_ v, Tr_ h, E H T v h) = 0 -> 1 < size W -> ~ exact_RG.
  Proof.
    intros noH noE many e; pose proof (C7 noH noE) as c; pose proof (ln_increasing 1 (size W)) as i.
    assert (z : (Tr_ v, ln (q v)) = 0).
    { rewrite <- (sum_zero (every V)); apply sum_ext; intros v; rewrite e; apply ln_1. }
    rewrite z in c; rewrite ln_1 in i; unfold Rdiv in c; lra.
  Qed.

  (* Eq. 20: e^{-H^RG} / Z' is the marginal of the hidden spins, for every T, exact or not. *)
  Theorem Eq_20 h : exp (- H_RG H T h) / Z' = p_h h.
  Proof. rewrite exp_H_RG; unfold Mapping.p_h, p; now rewrite Tr_divide. Qed.

  (* Eq. 19: Eq. 6 divided by Z'. *)
  Theorem Eq_19 h : exp (- H_RG H T h) / Z' = (Tr_ v, exp (T v h - H v)) / Z'.
  Proof. f_equal; rewrite exp_H_RG; apply Tr_ext; intros v; f_equal; unfold E; ring. Qed.

  (* Eq. 21: H^RG = H^RBM on the hidden spins, constants included. *)
  Theorem Eq_21 h : H_RG H T h = H_RBM_h H T h.
  Proof.
    unfold H_RBM_h; rewrite <- Eq_20.
    replace (exp (- H_RG H T h) / Z' * Z') with (exp (- H_RG H T h)) by (field; apply nonzero, Z'_positive).
    rewrite ln_exp; ring.
  Qed.

  (* Eqs. 14 and 15: with these Hamiltonians the marginals have the same normalisation Z'. *)
  Theorem Eq_14 v : p_v v = exp (- H_RBM_v H T v) / Z'.
  Proof.
    unfold H_RBM_v; rewrite Ropp_involutive, exp_ln.
    - field; apply nonzero, Z'_positive.
    - apply Rmult_lt_0_compat; [apply p_v_positive|apply Z'_positive].
  Qed.

  Theorem Eq_15 h : p_h h = exp (- H_RBM_h H T h) / Z'.
  Proof. now rewrite <- Eq_21, Eq_20. Qed.

  (* Eq. 22: e^T = p(h|v) e^{H - H^RBM}. *)
  Theorem Eq_22 v h : exp (T v h) = p H T v h / p_v v * exp (H v - H_RBM_v H T v).
  Proof.
    pose proof (Eq_14 v) as e; pose proof (exp_pos (- H_RBM_v H T v)); pose proof Z'_positive.
    unfold Rminus; rewrite exp_plus, e; unfold p, E.
    replace (- (- T v h + H v)) with (T v h + - H v) by ring; rewrite exp_plus, exp_Ropp.
    pose proof (exp_pos (H v)); field; lra.
  Qed.
End Theorems.
